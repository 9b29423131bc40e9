internal import TarnConsensus
package import TarnCore

/// What may go wrong in one run, drawn from its seed: each seed mixes other faults.
package struct SimulationPlan: Sendable {
    package let seed: UInt64
    /// Into how many steps a tick of 10 ms is divided. More than one where time is to be measured: nothing takes less
    /// than a step.
    var stepsPerTick: UInt64 = 1
    /// Ticks of 10 ms with faults, before everything is healed.
    package var ticks: UInt64 = 2_500
    package var policy = Genesis.Policy.any2
    var network = SimulatedNetwork.Faults()
    /// Chances in 10,000 that a tick brings a crash, a cut, a pause, a stuck disk, a jump of a clock, rot of a blob.
    var crashPermyriad = 0
    var cutPermyriad = 0
    var pausePermyriad = 0
    var stallPermyriad = 0
    var clockPermyriad = 0
    var rotPermyriad = 0
    /// Chance that a crash damages the log, or takes the whole disk.
    var damagePercent = 0
    var wipePercent = 0
    var switchoverPermyriad = 0
    var diskPace = SimulatedDisk.Pace()
    /// Whether clocks run at slightly different speeds.
    var isDrifting = false
    /// Chance that a Prepare carries the blobs along.
    var inlinePercent = 50
    var clientsCount = 4
    /// Steps from the beginning of one write to that of the next, where the clients together write at a steady pace and
    /// do nothing else. Nil: each goes at its own pace, and reads and deletes too.
    var writeIntervalSteps: UInt64?
    /// Whether a datacentre is lost for good in the end.
    var losesOne = false
    /// Whether the disks are new at the start, so that the members have to meet first.
    var startsNew = false
    /// Whether the cluster begins as one datacentre, and two others learn its log before they vote; and when it is
    /// asked to grow.
    var growsFromOne = false
    var growthTick: UInt64 = 300
    /// Chance in 10,000 that a tick strands whoever is alone when it has ordered the growth.
    var strandPermyriad = 0
    /// Whether a blob rots where nobody else is left to vote for it, whenever a crash makes that possible.
    var rotsLastCopies = false
    /// Chances in 10,000 that a tick brings a failover by a person, another datacentre in somebody's seat, or an
    /// observer that may lead or may not any more.
    var failoverPermyriad = 0
    var replacePermyriad = 0
    var electPermyriad = 0
    /// Chance in 10,000 that a tick fills a disk, but for the reserve that log and acknowledgements have.
    var fullPermyriad = 0
    /// Chances in 10,000 that a tick has the primary order a floor, and a member collect garbage.
    var floorPermyriad = 0
    var collectPermyriad = 0
    /// For how long a blob that nothing names is kept after its last use, and how long it stays condemned.
    var stagedTicks: UInt32 = 100
    var graceTicks: UInt32 = 0
    package var mutant: Mutant?
    /// The only events that happen; nil for all that the seed brings.
    package var only: Set<FaultEvent>?

    /// The faults of `seed`.
    package init(seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed ^ 0x5eed_0f_1a7e)
        self.policy = random.chance(percent: 10) ? .bothPrimaries : .any2
        self.network.lossPercent = random.chance(percent: 40) ? 0 : random.within(1...20)
        self.network.repeatPercent = random.chance(percent: 40) ? 0 : random.within(1...20)
        let delay = random.pick([1, 1, 2, 5])
        self.network.delaySteps = delay...(delay + random.within(0...20))
        self.crashPermyriad = random.pick([0, 10, 40, 100])
        self.cutPermyriad = random.pick([0, 20, 80])
        self.pausePermyriad = random.pick([0, 0, 15])
        self.stallPermyriad = random.pick([0, 0, 15])
        self.clockPermyriad = random.pick([0, 10])
        self.rotPermyriad = random.pick([0, 0, 30])
        self.damagePercent = random.pick([0, 0, 10])
        self.wipePercent = random.pick([0, 0, 15])
        self.switchoverPermyriad = random.pick([0, 0, 20])
        self.diskPace.slowPercent = random.pick([0, 10, 50])
        self.isDrifting = random.chance(percent: 50)
        self.inlinePercent = random.pick([0, 50, 100])
        self.clientsCount = random.pick([1, 4, 12])
        self.losesOne = random.chance(percent: 50)
        self.startsNew = random.chance(percent: 30)
        self.growsFromOne = self.policy == .any2 && random.chance(percent: 20)
        self.failoverPermyriad = random.pick([0, 0, 10])
        if self.policy == .any2 {
            self.replacePermyriad = random.pick([0, 0, 15])
            self.electPermyriad = random.pick([0, 0, 10])
        }
        self.fullPermyriad = random.pick([0, 0, 15])
        self.floorPermyriad = random.pick([0, 30, 100])
        self.collectPermyriad = random.pick([0, 100, 200])
        // No write may take longer than that.
        self.stagedTicks = UInt32(random.pick([100, 300, 1_000])) + (self.stallPermyriad > 0 ? 1_600 : 0)
        self.graceTicks = UInt32(random.pick([0, 50, 300]))
        self.dwell(on: Profile(seed: seed))
    }

    /// Leaves out everything that may go wrong by itself.
    mutating func removeFaults() {
        self.network = SimulatedNetwork.Faults()
        self.crashPermyriad = 0
        self.cutPermyriad = 0
        self.pausePermyriad = 0
        self.stallPermyriad = 0
        self.clockPermyriad = 0
        self.rotPermyriad = 0
        self.switchoverPermyriad = 0
        self.failoverPermyriad = 0
        self.replacePermyriad = 0
        self.electPermyriad = 0
        self.fullPermyriad = 0
        self.floorPermyriad = 0
        self.collectPermyriad = 0
        self.diskPace.slowPercent = 0
        self.isDrifting = false
        self.losesOne = false
        self.startsNew = false
        self.growsFromOne = false
        self.strandPermyriad = 0
        self.rotsLastCopies = false
    }

    /// The chance in 10,000 of that kind of event at each tick.
    func permyriad(of kind: FaultEvent.Kind) -> Int {
        switch kind {
        case .crash: self.crashPermyriad
        case .cut: self.cutPermyriad
        case .pause: self.pausePermyriad
        case .stall: self.stallPermyriad
        case .clock: self.clockPermyriad
        case .rot: self.rotPermyriad
        case .switchover: self.switchoverPermyriad
        case .failover: self.failoverPermyriad
        case .replace: self.replacePermyriad
        case .elect: self.electPermyriad
        case .full: self.fullPermyriad
        case .floor: self.floorPermyriad
        case .collect: self.collectPermyriad
        case .strand: self.strandPermyriad
        }
    }
}
