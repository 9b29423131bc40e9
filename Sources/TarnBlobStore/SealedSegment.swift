package import TarnCore
package import TarnSegment

/// A segment that is never appended to again: what a backup copies.
package struct SealedSegment: Hashable, Sendable {
    package let number: UInt32
    package let stream: SegmentStream
    /// As the file lies on the disk, encrypted or not.
    package let bytesCount: UInt64
    /// SHA-256 of the file's first and last 4,096 bytes and of its length: names the file among all stores, because
    /// the header holds a random key, and costs two reads. Where a copy lacks bytes that the disk does not give, their
    /// ranges are hashed, too.
    package let fingerprint: Digest
}
