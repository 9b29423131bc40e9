internal import NIOCore
internal import Synchronization

/// One direction between two places, and what is wrong with it: changed while connections run through it.
final class FaultLine: Sendable {
    /// How much may queue before a line of limited bandwidth; what a router would hold.
    static let queueMax = TimeAmount.milliseconds(50)

    private struct State {
        var faults = LineFaults()
        /// When the last byte that was given to the line has left it.
        var freeAt = NIODeadline.uptimeNanoseconds(0)
        /// Counts orders to end all connections, so that each connection notices them.
        var resets: UInt64 = 0
    }

    private let state = Mutex(State())

    /// What is wrong now.
    var faults: LineFaults {
        self.state.withLock { $0.faults }
    }

    /// How often all connections were to be ended so far.
    var resets: UInt64 { self.state.withLock { $0.resets } }

    func update(_ change: (inout LineFaults) -> Void) {
        self.state.withLock { change(&$0.faults) }
    }

    /// Ends all connections, as if a firewall forgot them.
    func reset() {
        self.state.withLock { $0.resets += 1 }
    }

    /// When `count` bytes that are given to the line at `now` arrive.
    func arrival(of count: Int, now: NIODeadline) -> NIODeadline {
        let jitter = self.faults.jitterMilliseconds
        let extra = jitter > 0 ? Int64.random(in: 0...Int64(jitter)) : 0
        return self.state.withLock { state in
            let rate = state.faults.bytesPerSecond
            var leaves = now
            if rate > 0 {
                let nanoseconds = Int64(UInt64(count) * 1_000_000_000 / rate)
                leaves = max(now, state.freeAt) + .nanoseconds(nanoseconds)
                state.freeAt = leaves
            }
            return leaves + .milliseconds(Int64(state.faults.delayMilliseconds) + extra)
        }
    }

    /// Whether so much queues that senders are to be held up.
    func isCongested(now: NIODeadline) -> Bool {
        self.state.withLock { $0.faults.bytesPerSecond > 0 && $0.freeAt > now + Self.queueMax }
    }

    /// Whether the chance of a loss strikes: then the connection ends.
    func isStruck() -> Bool {
        let chance = self.faults.lossPermyriad
        return chance > 0 && UInt64.random(in: 0..<10_000) < chance
    }
}

/// What is wrong with one direction between two places; by default nothing.
struct LineFaults: Hashable, Sendable {
    /// How much later everything arrives, and by how much that varies.
    var delayMilliseconds: UInt64 = 0
    var jitterMilliseconds: UInt64 = 0
    /// 0 is without limit.
    var bytesPerSecond: UInt64 = 0
    /// Chance in 10,000 that a piece of data ends its connection instead of arriving.
    var lossPermyriad: UInt64 = 0
    /// Whether nothing arrives. What was sent waits, as on a network that will be repaired.
    var isCut = false
}
