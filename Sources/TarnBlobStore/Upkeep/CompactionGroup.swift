internal import TarnSegment

/// Neighbouring segments of one stream that a compaction turns into one, or into nothing.
struct CompactionGroup: Sendable {
    /// In the order in which their records count.
    let segments: [PlacedSegment]
    /// What has to be copied.
    let keptBytesCount: Int
    /// What the files take now.
    let fileBytesCount: Int
    /// Blobs that the collection removes and of which these segments hold older copies.
    let outdated: Set<UInt64>

    var stream: SegmentStream { self.segments[0].stream }

    /// All the numbers whose records they hold.
    var place: ClosedRange<UInt32> {
        self.segments.reduce(self.segments[0].place) {
            min($0.lowerBound, $1.place.lowerBound)...max($0.upperBound, $1.place.upperBound)
        }
    }

    /// The order of work. Older copies go before the newest one, so that a crash in between brings none of them back.
    /// Otherwise what is a difference was written after what it is a difference to: the newest first frees most.
    func goesBefore(_ other: CompactionGroup) -> Bool {
        let (isOutdated, isOtherOutdated) = (!self.outdated.isEmpty, !other.outdated.isEmpty)
        guard isOutdated == isOtherOutdated else { return isOutdated }
        let (own, others) = (self.place.lowerBound, other.place.lowerBound)
        return isOutdated ? own < others : own > others
    }
}
