package import TarnCore

/// What complete segments hold at some moment.
package struct SealedState: Sendable {
    /// One complete segment.
    package struct Segment: Hashable, Sendable {
        package let number: UInt32
        /// `small` or `bulk`: the name of its folder.
        package let stream: String
        package let bytesCount: UInt64
        /// Tells this file from every other segment of any node.
        package let fingerprint: Digest

        package init(number: UInt32, stream: String, bytesCount: UInt64, fingerprint: Digest) {
            self.number = number
            self.stream = stream
            self.bytesCount = bytesCount
            self.fingerprint = fingerprint
        }
    }

    /// The segments hold the log up to here, and every blob of it.
    package let op: Op
    package let root: Digest
    /// The cluster's genesis in canonical encoding.
    package let genesis: [UInt8]
    /// The log's `reconfigure` entries up to the op: who belongs to the cluster besides those whom the genesis names.
    package let reconfigurations: [LogEntry]
    package let segments: [Segment]
    /// What the node needs and cannot read, in words; nil when it knows of nothing.
    package let trouble: String?

    package init(
        op: Op,
        root: Digest,
        genesis: [UInt8],
        reconfigurations: [LogEntry],
        segments: [Segment],
        trouble: String? = nil
    ) {
        self.op = op
        self.root = root
        self.genesis = genesis
        self.reconfigurations = reconfigurations
        self.segments = segments
        self.trouble = trouble
    }
}
