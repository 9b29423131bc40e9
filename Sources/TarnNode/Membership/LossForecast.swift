internal import TarnConsensus
internal import TarnCore

/// What the loss of one datacentre would mean if it happened now.
struct LossForecast: Hashable, Sendable {
    /// How long nothing could be written, or nil when nothing could be until another datacentre came back. Reads go on.
    let recoveryMilliseconds: UInt64?
    /// Acknowledged change sets that would be lost.
    let lostOps: UInt64

    /// What a forecast is made from: one member as it was last heard.
    struct Member: Sendable {
        /// Whether it commits and elects, and does not only learn the log.
        let isVoter: Bool
        let isReachable: Bool
        /// Whether it serves: no trouble of its own.
        let isSound: Bool
        let commit: Op
        let prefixComplete: Op
        let missingBytesCount: UInt64
        let roundTripMilliseconds: Double?
    }

    /// Round trips of a view change: exits, votes, the new log, and the no-op with which the view begins.
    private static let roundTrips = 4.0
    /// Two disks' syncs on the way, where nothing better is known.
    private static let syncsMilliseconds = 50.0
    /// Ops by which a member may lag and still count as one that follows: its heads are up to a quarter of a second
    /// old.
    private static let followingOpsMax = UInt64(Limits.followLagMax)
    private static let bytesPerSecondMin = 1.0

    /// What the loss of `members[lost]` means while `members[primary]` leads; `bytesPerSecond` is how fast blobs were
    /// fetched lately.
    static func of(_ lost: Int, among members: [Member], primary: Int, bytesPerSecond: Double) -> LossForecast {
        guard members.count > 1 else {
            return LossForecast(recoveryMilliseconds: nil, lostOps: members[lost].commit.number)
        }
        let others = members.indices.filter { $0 != lost }
        let survivors = others.filter { members[$0].isReachable && members[$0].isSound }
        let lostOps = self.lostOps(without: lost, members, survivors: survivors, others: others)
        let voters = survivors.filter { members[$0].isVoter }
        // Of two that are left of three, one has one of the first two seats. That one leads next: an observer that may
        // lead does so only where it hears neither of those.
        guard voters.count * 2 > members.count(where: \.isVoter), let next = voters.first else {
            return LossForecast(recoveryMilliseconds: nil, lostOps: lostOps)
        }
        guard lost == primary else { return LossForecast(recoveryMilliseconds: 0, lostOps: lostOps) }
        let roundTrip = survivors.compactMap { members[$0].roundTripMilliseconds }.max() ?? 0
        let detection = Double(Timeouts.suspectTicks * Tick.milliseconds)
        let fetching = Double(members[next].missingBytesCount) / max(bytesPerSecond, self.bytesPerSecondMin) * 1_000
        let sum = detection + self.roundTrips * roundTrip + self.syncsMilliseconds + fetching
        return LossForecast(recoveryMilliseconds: UInt64(sum.rounded(.up)), lostOps: lostOps)
    }

    /// What only the lost member is known to hold. A commit is held by two, so while both others follow it is nothing.
    private static func lostOps(without lost: Int, _ members: [Member], survivors: [Int], others: [Int]) -> UInt64 {
        let newest = members.map(\.commit).max() ?? .genesis
        func exposed(_ member: Int) -> UInt64 {
            let own = members[member]
            let isFollowing =
                own.isReachable && own.commit.number + self.followingOpsMax >= newest.number
                && own.prefixComplete.number + self.followingOpsMax >= own.commit.number
            return isFollowing ? 0 : newest.number - min(newest.number, own.prefixComplete.number)
        }
        // Members that are out of reach may come back; what they held when last heard is not lost.
        return (survivors.isEmpty ? others : survivors).map(exposed).min() ?? newest.number
    }
}
