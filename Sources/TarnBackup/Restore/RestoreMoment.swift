package import TarnCore

/// Which state of a cluster is wanted back.
package enum RestoreMoment: Hashable, Sendable {
    /// What the newest backup ends with.
    case newest
    case op(Op)
    /// The newest op with this root.
    case root(Digest)
    /// The last op at or before this time.
    case time(Timestamp)
}
