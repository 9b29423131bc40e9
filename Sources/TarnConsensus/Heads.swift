package import TarnCore

/// What a member tells every peer about itself four times a second, and what it last heard about the others.
package struct Heads: Hashable, Sendable {
    /// One member's state, as itself reported it.
    package struct Head: Hashable, Sendable {
        package let datacenter: DatacenterID
        package let view: View
        /// The newest view whose log its log is: behind `view` while it takes part in no view.
        package let logView: View
        /// Newest entry on its disk.
        package let op: Op
        package let commit: Op
        /// Every op up to here is on its disk with all blobs it names.
        package let prefixComplete: Op
        /// Merkle root at `commit`.
        package let root: Digest
        /// Bytes of blobs that its log names and it does not hold yet.
        package let missingBytesCount: UInt64
        package let diskFreeBytesCount: UInt64
        /// Why it does not serve or write, or empty.
        package let trouble: String
        /// Microseconds since 1970 by its own clock when it reported this.
        package let clockMicroseconds: UInt64
        /// Whether it takes part in its view and remembers all that it ever promised.
        package let participates: Bool

        package init(
            datacenter: DatacenterID,
            view: View,
            logView: View,
            op: Op,
            commit: Op,
            prefixComplete: Op,
            root: Digest,
            missingBytesCount: UInt64,
            diskFreeBytesCount: UInt64,
            trouble: String,
            clockMicroseconds: UInt64,
            participates: Bool = false
        ) {
            self.datacenter = datacenter
            self.view = view
            self.logView = logView
            self.op = op
            self.commit = commit
            self.prefixComplete = prefixComplete
            self.root = root
            self.missingBytesCount = missingBytesCount
            self.diskFreeBytesCount = diskFreeBytesCount
            self.trouble = trouble
            self.clockMicroseconds = clockMicroseconds
            self.participates = participates
        }
    }

    /// Chosen by the sender, returned in ``echo``: how a round trip is timed by one clock alone.
    package let nonce: UInt64
    /// The nonce this answers, or 0 for a ping.
    package let echo: UInt64
    /// The sender first, then what it knows of the others.
    package let heads: [Head]

    package init(nonce: UInt64, echo: UInt64, heads: [Head]) {
        self.nonce = nonce
        self.echo = echo
        self.heads = heads
    }
}
