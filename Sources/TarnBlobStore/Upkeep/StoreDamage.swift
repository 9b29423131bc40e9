package import TarnCore

/// A record that cannot be read any more, as far as it can still be told what it was.
package struct StoreDamage: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        /// A blob; the address is nil when not even that can be read: whoever knows the addresses finds out
        /// (``BlobStore/damaged(among:)``).
        case blob(address: BlobAddress?, ordinal: UInt64)
        case entry(op: Op, hash: Digest)
        case node(Digest?)
        case checkpoint(op: Op)
        /// An acknowledgement, or the end of a log view.
        case other
    }

    package let subject: Subject
    package let segment: UInt32
    package let offset: UInt32
    package let reason: String

    package init(subject: Subject, segment: UInt32, offset: UInt32, reason: String) {
        self.subject = subject
        self.segment = segment
        self.offset = offset
        self.reason = reason
    }
}
