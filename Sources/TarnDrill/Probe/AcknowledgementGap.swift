/// A stretch of time in which no write was acknowledged.
package struct AcknowledgementGap: Hashable, Sendable {
    /// The acknowledgement before it and the one after it, in microseconds since 1970.
    package let start: UInt64
    package let end: UInt64

    package init(start: UInt64, end: UInt64) {
        self.start = start
        self.end = end
    }

    package var microseconds: UInt64 { self.end - min(self.start, self.end) }

    /// The longest gap between two acknowledgements of `samples` that touches the time from `from` to `through`; nil
    /// when fewer than two were acknowledged.
    package static func longest(in samples: [WriteSample], from: UInt64, through: UInt64) -> AcknowledgementGap? {
        let times = samples.filter { $0.acknowledgedOp != nil }.map(\.endedAt).sorted()
        var longest: AcknowledgementGap?
        for (start, end) in zip(times, times.dropFirst()) where end >= from && start <= through {
            let gap = AcknowledgementGap(start: start, end: end)
            if gap.microseconds > longest?.microseconds ?? 0 { longest = gap }
        }
        return longest
    }
}
