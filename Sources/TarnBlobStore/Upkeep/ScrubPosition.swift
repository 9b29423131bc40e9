package import TarnSegment

/// How far a pass over everything that is stored has got. Survives compaction: places of segments stay in order.
package struct ScrubPosition: Hashable, Sendable, Comparable {
    package let stream: SegmentStream
    /// The lowest number that the segment stands for.
    package let place: UInt32
    /// Records before this offset of the segment are done.
    package let offset: UInt32

    package init(stream: SegmentStream, place: UInt32, offset: UInt32) {
        self.stream = stream
        self.place = place
        self.offset = offset
    }

    /// Where every pass begins.
    package static let start = ScrubPosition(stream: .small, place: 0, offset: 0)

    package static func < (left: ScrubPosition, right: ScrubPosition) -> Bool {
        (left.stream.rawValue, left.place, left.offset) < (right.stream.rawValue, right.place, right.offset)
    }
}
