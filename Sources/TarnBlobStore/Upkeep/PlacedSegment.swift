internal import TarnSegment

/// A segment and where its records stand among those of its stream.
struct PlacedSegment: Hashable, Sendable {
    let number: UInt32
    let stream: SegmentStream
    /// The segment's own number, or those that it took over in a compaction.
    let place: ClosedRange<UInt32>
    /// Whether batches are being appended to it.
    let isActive: Bool

    /// Whether a compaction wrote it: its place is then never its own number.
    var isCompacted: Bool { self.place != self.number...self.number }
}
