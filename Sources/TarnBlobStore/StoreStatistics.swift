package import TarnSegment

/// Counts of what the store holds.
package struct StoreStatistics: Hashable, Sendable {
    /// Blobs that are present.
    package let blobCount: Int
    /// Their bytes once decoded.
    package let rawBytesCount: UInt64
    /// Blobs that were here and cannot be read any more.
    package let suspectCount: Int
    /// Bytes of all records by stream, superseded ones included.
    package let storedBytesCount: [SegmentStream: UInt64]
    package let segmentCount: [SegmentStream: Int]
    /// Tree nodes of all checkpoints.
    package let nodeCount: Int
    /// Damaged blobs that were replaced by good copies since the store was opened.
    package let healedCount: UInt64
}
