internal import TarnConsensus

/// Ticks since the process started, from the monotonic clock.
struct NodeClock: Sendable {
    private let startNanoseconds = WallClock.monotonicNanoseconds()

    var now: Tick {
        Tick((WallClock.monotonicNanoseconds() - self.startNanoseconds) / (Tick.milliseconds * 1_000_000))
    }
}
