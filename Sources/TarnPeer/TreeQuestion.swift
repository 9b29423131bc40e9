package import TarnCore
package import TarnMerkle

/// One question of a comparison of two replicas' trees.
package struct TreeQuestion: Hashable, Sendable {
    /// The op whose state both sides take.
    package let op: Op
    /// The asking side's root there: when it is the answering side's, that is the answer.
    package let root: Digest
    /// Which bytes of hashes stand for them.
    package let salt: UInt64
    package let request: ComparisonRequest

    package init(op: Op, root: Digest, salt: UInt64, request: ComparisonRequest) {
        self.op = op
        self.root = root
        self.salt = salt
        self.request = request
    }
}
