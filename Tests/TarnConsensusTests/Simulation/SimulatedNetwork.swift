import TarnConsensus
import TarnTestKit

/// A network that delays, loses, repeats and reorders, and whose links can be cut in one direction.
struct SimulatedNetwork {
    enum Payload {
        case message(Message)
        /// Gossip: members and what they are known to have, the sender first.
        case heads([(member: Int, head: Heads.Head)])
    }

    struct Packet {
        let from: Int
        let to: Int
        let payload: Payload
    }

    struct Faults {
        var lossPercent = 0
        var repeatPercent = 0
        var delayTicks = 1...2
    }

    var faults: Faults
    /// Until when the link from one member (first index) to another (second) is cut.
    private var cutUntil = [[UInt64]](repeating: [0, 0, 0], count: 3)
    private var random: SplitMix64
    /// What arrives at each tick of the next ones.
    private var arrivals = [[Packet]](repeating: [], count: 128)
    private(set) var sentCount = 0

    init(random: SplitMix64, faults: Faults) {
        self.random = random
        self.faults = faults
    }

    mutating func cut(from: Int, to: Int, until tick: UInt64) { self.cutUntil[from][to] = tick }

    mutating func heal() {
        self.cutUntil = [[UInt64]](repeating: [0, 0, 0], count: 3)
        self.faults = Faults()
    }

    mutating func send(_ packet: Packet, now: UInt64) {
        self.sentCount += 1
        if self.cutUntil[packet.from][packet.to] > now || self.random.chance(percent: self.faults.lossPercent) {
            return
        }
        repeat {
            let delay = UInt64(self.random.within(self.faults.delayTicks))
            self.arrivals[Int((now + delay) % UInt64(self.arrivals.count))].append(packet)
        } while self.random.chance(percent: self.faults.repeatPercent)
    }

    /// What arrives now; a cut that began meanwhile loses what is under way.
    mutating func arrive(now: UInt64) -> [Packet] {
        let slot = Int(now % UInt64(self.arrivals.count))
        defer { self.arrivals[slot].removeAll(keepingCapacity: true) }
        return self.arrivals[slot].filter { self.cutUntil[$0.from][$0.to] <= now }
    }
}
