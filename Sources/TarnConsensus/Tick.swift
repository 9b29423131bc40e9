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
    /// Without a sign of life from the primary for so long, a member wants another one: 1.5 s, unless configured.
    package static let suspectTicks: UInt64 = 150
    /// The same while no primary was heard since the start: 5 s, in which all members of a cluster get up.
    package static let startTicks: UInt64 = 500
    /// Between two complaints about a primary, 200 ms, and how long one counts, 1 s.
    package static let exitTicks: UInt64 = 20
    package static let exitLifeTicks: UInt64 = 100
    /// Between two votes for the same view: 200 ms.
    package static let joinTicks: UInt64 = 20
    /// How long a view change may take without progress: 2 s.
    package static let viewChangeTicks: UInt64 = 200
    /// A member that slept longer than this between two ticks suspects nobody for what it missed: 50 ms.
    package static let lateTicks: UInt64 = 5
    /// Without a word from a quorum for so long, a primary makes room for another: 3 s.
    package static let deafTicks: UInt64 = 300
    /// A primary whose own disk takes longer than this makes room for another: 10 s.
    package static let stuckTicks: UInt64 = 1_000
    /// How long a read waits for its quorum: 2 s.
    package static let readTicks: UInt64 = 200
    /// How long a switchover may take until the primary goes on by itself: 3 s.
    package static let handoverTicks: UInt64 = 300
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
