internal import TarnConsensus
internal import TarnCore

/// One scenario in the simulator, on an otherwise healthy cluster: how long its members and its clients take to
/// recover.
package struct Rehearsal: Sendable {
    /// What is broken or mended; members by index: primary, standby, observer.
    package enum Fault: Hashable, Sendable {
        case crash(Int)
        case restart(Int)
        case pause(Int)
        case resume(Int)
        case wipe(Int)
        case cut(from: Int, to: Int)
        case mend(from: Int, to: Int)
        case clock(Int, microseconds: Int64)
        case switchover(to: Int)
    }

    package enum Step: Hashable, Sendable {
        case fault(Fault)
        /// Ticks of 10 ms.
        case wait(UInt64)
        case awaitOtherPrimary(than: Int)
        case awaitWrites
    }

    /// What the cluster is like.
    package struct Conditions: Hashable, Sendable {
        /// From one member to another, in steps, at most 500.
        package let delaySteps: ClosedRange<Int>
        /// What a durable write takes, in steps.
        package let writeSteps: ClosedRange<Int>
        /// From the beginning of one client's write to that of the next, in steps. What clients notice of a short
        /// outage depends on it: whoever writes every 50 ms sees no gap that is shorter.
        package let writeIntervalSteps: Int

        package init(delaySteps: ClosedRange<Int>, writeSteps: ClosedRange<Int>, writeIntervalSteps: Int) {
            self.delaySteps = delaySteps
            self.writeSteps = writeSteps
            self.writeIntervalSteps = writeIntervalSteps
        }
    }

    /// When what was reached, in steps after the fault.
    package struct Outcome: Hashable, Sendable {
        package var suspicion: UInt64?
        package var exit: UInt64?
        package var chosen: UInt64?
        package var commit: UInt64?
        /// The end of the longest time without an acknowledgement.
        package var success: UInt64?
    }

    /// The time of a step. A switchover takes tens of milliseconds and a message less than one: ticks of 10 ms would
    /// tell nothing of them.
    package static let stepMicroseconds: UInt64 = 2_000
    private static let stepsPerTick: UInt64 = Tick.milliseconds * 1_000 / stepMicroseconds
    /// Before the first step, and how much longer at most: so the fault does not find all timers in one position.
    private static let warmTicks: UInt64 = 200
    private static let jitterTicks: UInt64 = 100
    private static let patienceTicks: UInt64 = 3_000
    /// After the last step, for writes whose acknowledgement is on its way.
    private static let restTicks: UInt64 = 100

    private var simulation: Simulation
    private var outcome = Outcome()
    /// When the measured fault came.
    private var faultAt: UInt64?
    private var viewBefore = View(0)
    private var acknowledgedAt: [UInt64] = []
    private var committedBefore = 0

    /// Runs `steps` with `seed` and measures from the step with index `measuredFrom` on. Nil when the cluster does not
    /// recover, or breaks a rule.
    package static func run(
        seed: UInt64,
        conditions: Conditions,
        steps: [Step],
        measuredFrom: Int
    ) -> Outcome? {
        var rehearsal = Rehearsal(seed: seed, conditions: conditions)
        rehearsal.advance(Self.warmTicks * Self.stepsPerTick + seed % (Self.jitterTicks * Self.stepsPerTick))
        for (index, step) in steps.enumerated() {
            if index == measuredFrom { rehearsal.beginMeasurement() }
            guard rehearsal.perform(step) else { return nil }
        }
        rehearsal.advance(Self.restTicks * Self.stepsPerTick)
        guard rehearsal.simulation.violation == nil else { return nil }
        return rehearsal.finished()
    }

    private init(seed: UInt64, conditions: Conditions) {
        self.simulation = Simulation(
            plan: SimulationPlan(
                rehearsing: seed,
                stepsPerTick: Self.stepsPerTick,
                conditions: conditions
            )
        )
    }

    private mutating func beginMeasurement() {
        self.faultAt = self.simulation.now
        self.viewBefore = self.simulation.members.compactMap { $0.replica?.view }.max() ?? View(0)
        self.committedBefore = self.simulation.committedCount
    }

    private mutating func perform(_ step: Step) -> Bool {
        switch step {
        case .fault(let fault): self.inject(fault)
        case .wait(let ticks): self.advance(ticks * Self.stepsPerTick)
        case .awaitOtherPrimary(let old):
            return self.wait { rehearsal in
                rehearsal.simulation.members.contains { member in
                    member.index != old && member.isRunning(at: rehearsal.simulation.now)
                        && member.replica?.isPrimary == true && member.replica?.isChangingView == false
                }
            }
        case .awaitWrites:
            let count = self.acknowledgedAt.count
            return self.wait { $0.acknowledgedAt.count > count }
        }
        return true
    }

    private mutating func inject(_ fault: Fault) {
        let now = self.simulation.now
        switch fault {
        case .crash(let index): if self.simulation.members[index].replica != nil { self.simulation.crash(index) }
        case .restart(let index): if self.simulation.members[index].replica == nil { self.simulation.restart(index) }
        case .pause(let index): self.simulation.members[index].pausedUntil = .max
        case .resume(let index): self.simulation.members[index].pausedUntil = now
        case .wipe(let index): self.simulation.wipe(index)
        case .cut(let from, let to): self.simulation.network.cut(from: from, to: to, until: .max)
        case .mend(let from, let to): self.simulation.network.cut(from: from, to: to, until: now)
        case .clock(let index, let microseconds): self.simulation.members[index].clockSkew = microseconds
        case .switchover(let index):
            guard let leading = self.simulation.members.first(where: { $0.replica?.isPrimary == true }) else { return }
            self.simulation.step(leading.index, .switchover(to: index))
        }
    }

    private mutating func wait(until condition: (Rehearsal) -> Bool) -> Bool {
        for _ in 0..<(Self.patienceTicks * Self.stepsPerTick) {
            if condition(self) { return true }
            self.advance(1)
            if self.simulation.violation != nil { return false }
        }
        return false
    }

    private mutating func advance(_ steps: UInt64) {
        for _ in 0..<steps where self.simulation.violation == nil {
            let writes = self.simulation.probes.writes
            self.simulation.tick()
            if self.simulation.probes.writes > writes { self.acknowledgedAt.append(self.simulation.now) }
            self.observe()
        }
    }

    private mutating func observe() {
        guard let faultAt, self.outcome.commit == nil else { return }
        let elapsed = self.simulation.now - faultAt
        for member in self.simulation.members where member.isRunning(at: self.simulation.now) {
            guard let replica = member.replica else { continue }
            if replica.isSuspecting { self.outcome.suspicion = self.outcome.suspicion ?? elapsed }
            guard replica.view > self.viewBefore else { continue }
            self.outcome.exit = self.outcome.exit ?? elapsed
            guard replica.isPrimary, !replica.isChangingView else { continue }
            self.outcome.chosen = self.outcome.chosen ?? elapsed
            if member.line.header.view > self.viewBefore { self.outcome.commit = elapsed }
        }
    }

    /// As a drill measures it: from the fault, or the last acknowledgement after it, to the end of the longest gap.
    private func finished() -> Outcome {
        var outcome = self.outcome
        let fault = self.faultAt ?? 0
        var longest: (start: UInt64, end: UInt64) = (0, 0)
        for (start, end) in zip(self.acknowledgedAt, self.acknowledgedAt.dropFirst())
        where end >= fault && end - start > longest.end - longest.start {
            longest = (start, end)
        }
        if longest.end > 0 { outcome.success = longest.end - max(fault, longest.start) }
        return outcome
    }
}

extension SimulationPlan {
    /// No faults but what a rehearsal brings, and clients enough that somebody always writes.
    fileprivate init(rehearsing seed: UInt64, stepsPerTick: UInt64, conditions: Rehearsal.Conditions) {
        self.init(seed: seed)
        self.stepsPerTick = stepsPerTick
        self.removeFaults()
        self.policy = .any2
        self.network.delaySteps = conditions.delaySteps
        self.diskPace = SimulatedDisk.Pace(steps: conditions.writeSteps)
        self.inlinePercent = 100
        self.clientsCount = 12
        self.writeIntervalSteps = UInt64(conditions.writeIntervalSteps)
    }
}

extension Simulation {
    fileprivate mutating func wipe(_ index: Int) {
        self.disturbed = index
        self.members[index].disk.wipe(genesis: self.genesis, isTrusted: false)
    }
}
