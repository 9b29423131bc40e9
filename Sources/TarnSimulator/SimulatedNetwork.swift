internal import TarnConsensus
internal import TarnCore

/// What travels between two members.
enum Parcel: Sendable {
    /// With it travel the small blobs that its entries name.
    case message(Message, inline: [BlobAddress])
    /// Gossip: members and what they are known to have, the sender first, and who belongs to the cluster.
    case heads([(member: Int, head: Heads.Head)], Membership)
    case want([BlobAddress])
    case blobs([BlobAddress])
}

/// A network that delays, loses, repeats and reorders, and whose links can be cut in one direction.
struct SimulatedNetwork: Sendable {
    struct Packet: Sendable {
        let from: Int
        let to: Int
        /// The epoch that whoever may have forgotten the membership has to know before it listens.
        let epoch: UInt64
        let parcel: Parcel
    }

    struct Faults: Sendable {
        var lossPercent = 0
        var repeatPercent = 0
        var delaySteps = 1...2
    }

    private static let horizon = 512
    /// When a packet that is repeated arrives once more: up to 4 s later, when the view may be another one.
    private static let repeatSteps = 1...400
    /// Three, and those that may take their places.
    static let membersMax = 8

    private static let whole = [[UInt64]](repeating: [UInt64](repeating: 0, count: membersMax), count: membersMax)
    private(set) var faults: Faults
    /// Until when the link from one member (first index) to another (second) is cut.
    private var cutUntil = SimulatedNetwork.whole
    private var random: SeededRandom
    /// What arrives at each of the next ticks.
    private var arrivals = [[Packet]](repeating: [], count: SimulatedNetwork.horizon)

    init(random: SeededRandom, faults: Faults) {
        precondition(faults.delaySteps.upperBound < Self.horizon, "delays over the horizon")
        self.random = random
        self.faults = faults
    }

    mutating func cut(from: Int, to: Int, until tick: UInt64) { self.cutUntil[from][to] = tick }

    func isCut(from: Int, to: Int, at now: UInt64) -> Bool { self.cutUntil[from][to] > now }

    mutating func heal() {
        self.cutUntil = Self.whole
        self.faults = Faults()
    }

    mutating func send(_ packet: Packet, now: UInt64) {
        if self.isCut(from: packet.from, to: packet.to, at: now) { return }
        if self.faults.lossPercent > 0, self.random.chance(percent: self.faults.lossPercent) { return }
        var delaySteps = self.faults.delaySteps
        repeat {
            let delay = UInt64(self.random.within(delaySteps))
            self.arrivals[Int((now + delay) % UInt64(Self.horizon))].append(packet)
            delaySteps = Self.repeatSteps
        } while self.faults.repeatPercent > 0 && self.random.chance(percent: self.faults.repeatPercent)
    }

    /// What arrives now; a cut that began meanwhile loses what is under way.
    mutating func arrive(now: UInt64) -> [Packet] {
        let slot = Int(now % UInt64(Self.horizon))
        guard !self.arrivals[slot].isEmpty else { return [] }
        defer { self.arrivals[slot].removeAll(keepingCapacity: true) }
        return self.arrivals[slot].filter { !self.isCut(from: $0.from, to: $0.to, at: now) }
    }
}
