package import TarnCore

/// A state of the namespace from which the log can be replayed: its root, whose tree nodes are stored beside it, and
/// whatever else the node needs to go on from there.
package struct Checkpoint: Hashable, Sendable {
    package let op: Op
    /// Header hash of that op's entry.
    package let entry: Digest
    package let root: Digest
    package let payload: [UInt8]

    package init(op: Op, entry: Digest, root: Digest, payload: [UInt8]) {
        self.op = op
        self.entry = entry
        self.root = root
        self.payload = payload
    }
}

/// A checkpoint without its payload.
package struct CheckpointSummary: Hashable, Sendable {
    package let op: Op
    /// Header hash of that op's entry.
    package let entry: Digest
    package let root: Digest

    package init(op: Op, entry: Digest, root: Digest) {
        self.op = op
        self.entry = entry
        self.root = root
    }
}
