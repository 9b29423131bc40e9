/// What a collection found and did.
package struct GarbageReport: Hashable, Sendable {
    /// Blobs here, and those that something kept needs (what they are differences to included).
    package var blobCount = 0
    package var liveCount = 0
    /// Blobs that nothing needs but that are kept because they were used a short while ago.
    package var recentCount = 0
    /// Blobs that are condemned, and the bytes of their records.
    package var condemnedCount = 0
    package var condemnedBytesCount: UInt64 = 0
    /// Those of them whose grace is over.
    package var removableCount = 0
    package var removableBytesCount: UInt64 = 0
    /// Segments chosen for compaction, and what that copies and gives back, by estimate.
    package var segmentCount = 0
    package var bytesToCopy: UInt64 = 0
    package var bytesToFree: UInt64 = 0
    /// What was done.
    package var removedCount = 0
    package var copiedBytesCount: UInt64 = 0
    package var freedBytesCount: UInt64 = 0
    package var removedSegmentCount = 0
    /// Bytes of the files that were compacted, and of what took their place.
    package var bytesBefore: UInt64 = 0
    package var bytesAfter: UInt64 { self.bytesBefore - min(self.bytesBefore, self.freedBytesCount) }
    /// Records that were encoded again and came out smaller.
    package var recompressedCount = 0
    /// Segments that were left as they are, and why.
    package var skipped: [Skipped] = []

    package struct Skipped: Hashable, Sendable {
        package let segment: UInt32
        package let reason: String
    }

    package init() {}

    /// Adds what the compaction of `segmentCount` segments did.
    mutating func add(_ outcome: SegmentCompactor.Outcome, segmentCount: Int) {
        self.removedCount += outcome.removed.count
        self.copiedBytesCount += outcome.copiedBytesCount
        self.freedBytesCount += outcome.freedBytesCount
        self.removedSegmentCount += segmentCount
        self.bytesBefore += outcome.oldBytesCount
        self.recompressedCount += outcome.recompressedCount
    }
}
