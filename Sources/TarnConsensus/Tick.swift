/// The replica's only notion of time: a count of 10 ms steps since its process started, given by the shell with every
/// input.
package struct Tick: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How long one tick lasts.
    package static let milliseconds: UInt64 = 10

    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    /// The tick `count` ticks later.
    package func advanced(by count: UInt64) -> Tick { Tick(self.number + count) }

    /// Ticks from `earlier` to this one; 0 when `earlier` is not earlier.
    package func elapsed(since earlier: Tick) -> UInt64 {
        self.number > earlier.number ? self.number - earlier.number : 0
    }

    package static func < (left: Tick, right: Tick) -> Bool { left.number < right.number }
    package var description: String { "tick \(self.number)" }
}

/// How long a replica waits for what, in ticks.
package enum Timeouts {
    /// The primary's regular sign of life: 100 ms.
    package static let heartbeatTicks: UInt64 = 10
    /// From a Prepare to its first retransmission: 250 ms; doubled each time nothing comes back, up to 2 s.
    package static let resendTicks: UInt64 = 25
    package static let resendTicksMax: UInt64 = 200
    /// How long a gap below a known op may stay open before it is asked for: 50 ms, in which reordered messages arrive.
    package static let gapTicks: UInt64 = 5
    /// How long a peer may be ahead by gossip alone before its entries are asked for: 500 ms, in which Prepares arrive.
    package static let gossipGapTicks: UInt64 = 50
    /// From a request for entries to the next one, to another member: 500 ms; doubled each time, up to 2 s.
    package static let repairTicks: UInt64 = 50
    package static let repairTicksMax: UInt64 = 200
    /// Without a word for so long, a member is not asked first and gets no Prepares: 1 s.
    package static let quietTicks: UInt64 = 100
    /// Without a word from a quorum for so long, the primary takes no new change sets: 5 s.
    package static let silenceTicks: UInt64 = 500
}

/// A waiting time that doubles up to its limit until it is reset.
struct Backoff: Hashable, Sendable {
    private let initial: UInt64
    private let max: UInt64
    private(set) var ticks: UInt64

    init(initial: UInt64, max: UInt64) {
        precondition(initial > 0 && initial <= max, "a waiting time of \(initial) to \(max) ticks")
        self.initial = initial
        self.max = max
        self.ticks = initial
    }

    mutating func reset() { self.ticks = self.initial }

    mutating func lengthen() { self.ticks = Swift.min(self.ticks * 2, self.max) }
}
