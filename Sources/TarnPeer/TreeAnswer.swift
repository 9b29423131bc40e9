package import TarnCore
package import TarnMerkle

/// What the other side of a comparison of trees says to a ``TreeQuestion``.
package enum TreeAnswer: Hashable, Sendable {
    /// Both have the same root.
    case equal
    /// With the answering side's root.
    case different(root: Digest, ComparisonReply)
}
