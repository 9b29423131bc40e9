internal import TarnSegment

/// Neighbouring segments of one stream that a compaction turns into one, or into nothing.
struct CompactionGroup: Sendable {
    /// In the order in which their records count.
    let segments: [PlacedSegment]
    /// What has to be copied.
    let keptBytesCount: Int
    /// What the files take now.
    let fileBytesCount: Int

    var stream: SegmentStream { self.segments[0].stream }

    /// All the numbers whose records they hold.
    var place: ClosedRange<UInt32> {
        self.segments.reduce(self.segments[0].place) {
            min($0.lowerBound, $1.place.lowerBound)...max($0.upperBound, $1.place.upperBound)
        }
    }
}
