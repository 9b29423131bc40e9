import TarnCore
import Testing

@testable import TarnConsensus
@testable import TarnSimulator

/// Directed cases: one thing goes wrong, and what follows is known.
@Suite
struct FailoverTests {
    /// A cluster without faults in which clients write all the time, after a second of work.
    private static func cluster(seed: UInt64 = 1) -> Simulation {
        var simulation = Simulation(plan: .quiet(seed: seed))
        simulation.pass(ticks: 100)
        return simulation
    }

    @Test(arguments: UInt64(0)..<10)
    func `a standby leads within three seconds when the primary is gone`(seed: UInt64) {
        var simulation = Self.cluster(seed: seed)
        let before = simulation.committedCount
        #expect(before > 0)
        simulation.crash(0)
        let isServing = simulation.pass(atMost: 300) { $0.committedCount > before + 5 }
        #expect(isServing, "\(simulation.states)")
        #expect(simulation.members[1].replica?.isPrimary == true)
        #expect(simulation.violation == nil)
    }

    @Test
    func `a deposed primary comes back, and what only it held becomes an orphan`() {
        var simulation = Self.cluster()
        for other in 1...2 {
            simulation.network.cut(from: 0, to: other, until: .max)
            simulation.network.cut(from: other, to: 0, until: .max)
        }
        simulation.pass(ticks: 400)
        #expect(simulation.members[1].replica?.isPrimary == true)
        let ahead = simulation.members[0].replica?.head ?? .genesis
        #expect(ahead > simulation.members[0].replica?.commit ?? .genesis)
        simulation.network.heal()
        let isBack = simulation.pass(atMost: 300) { $0.members[0].replica?.logView.primaryIndex == 1 }
        #expect(isBack, "\(simulation.states)")
        #expect(simulation.probes.orphans > 0)
        #expect(simulation.violation == nil)
    }

    @Test
    func `two datacentres that see each other only through the observer keep their primary and stay current`() {
        var simulation = Self.cluster()
        simulation.network.cut(from: 0, to: 1, until: .max)
        simulation.network.cut(from: 1, to: 0, until: .max)
        simulation.pass(ticks: 2_000)
        #expect(simulation.members.allSatisfy { $0.replica?.primary == 0 }, "\(simulation.states)")
        let lag = simulation.committedCount - Int(simulation.members[1].replica?.commit.number ?? 0)
        #expect(lag < 64)
        #expect(simulation.violation == nil)
    }

    @Test
    func `a primary that speaks and does not hear makes room`() {
        var simulation = Self.cluster()
        for other in 1...2 { simulation.network.cut(from: other, to: 0, until: .max) }
        let before = simulation.committedCount
        let isServing = simulation.pass(atMost: 800) { $0.committedCount > before + 20 }
        #expect(isServing, "\(simulation.states)")
        #expect(simulation.members[1].replica?.isPrimary == true)
    }

    @Test
    func `a switchover takes less than a second and leaves no orphans`() {
        var simulation = Self.cluster()
        simulation.step(0, .switchover(to: 1))
        let before = simulation.committedCount
        let isOver = simulation.pass(atMost: 100) {
            $0.members[1].replica?.isPrimary == true && $0.committedCount > before + 3
        }
        #expect(isOver, "\(simulation.states)")
        #expect(simulation.probes.orphans == 0)
        #expect(simulation.members.allSatisfy { $0.replica?.primary == 1 })
        #expect(simulation.violation == nil)
    }

    @Test
    func `the observer never leads, whoever is gone`() {
        var simulation = Self.cluster()
        simulation.crash(1)
        simulation.pass(ticks: 200)
        simulation.crash(0)
        simulation.pass(ticks: 1_000)
        #expect(simulation.members[2].replica?.isPrimary == false)
        #expect(simulation.violation == nil)
        simulation.restart(1)
        let before = simulation.committedCount
        let isServing = simulation.pass(atMost: 600) { $0.committedCount > before }
        #expect(isServing, "\(simulation.states)")
        #expect(simulation.violation == nil)
    }

    @Test(arguments: 0..<3)
    func `a wiped member gets everything back before it is trusted`(member: Int) {
        var simulation = Self.cluster()
        simulation.crash(member)
        simulation.members[member].disk.wipe(genesis: simulation.genesis, isTrusted: false)
        simulation.pass(ticks: 300)
        simulation.restart(member)
        #expect(simulation.members[member].replica?.isTrusted == false)
        let isTrusted = simulation.pass(atMost: 500) { $0.members[member].replica?.isTrusted == true }
        #expect(isTrusted, "\(simulation.states)")
        simulation.heal()
        #expect(simulation.pass(atMost: 2_000) { $0.isAtRest }, "\(simulation.states)")
        simulation.checkEnd()
        #expect(simulation.violation == nil)
    }

    /// It does not hear the member that the next view is for, and must not take the others past that view.
    @Test
    func `a wiped standby that is cut off from the primary does not keep the other two apart`() {
        var simulation = Self.cluster()
        // In its first view it would wait for the others in any case, as one of a new cluster.
        for primary in 0...1 {
            simulation.step(primary, .switchover(to: 1 - primary))
            simulation.pass(ticks: 100)
        }
        simulation.crash(1)
        simulation.members[1].disk.wipe(genesis: simulation.genesis, isTrusted: false)
        for (from, to) in [(0, 1), (1, 0)] { simulation.network.cut(from: from, to: to, until: .max) }
        simulation.restart(1)
        simulation.crash(0)
        simulation.pass(ticks: 600)
        simulation.restart(0)
        let before = simulation.committedCount
        #expect(simulation.pass(atMost: 1_000) { $0.committedCount > before + 20 }, "\(simulation.states)")
        #expect(simulation.members[1].replica?.isTrusted == false)
        #expect(simulation.violation == nil)
    }

    /// The change waits for the standby, and the standby must not wait for the change.
    @Test
    func `a standby that is wiped while the observer is made electable becomes whole again`() {
        var plan = SimulationPlan.quiet(seed: 1)
        plan.policy = .bothPrimaries
        var simulation = Simulation(plan: plan)
        simulation.pass(ticks: 100)
        simulation.crash(1)
        simulation.beginElection()
        simulation.pass(ticks: 200)
        #expect(simulation.members[0].replica?.epoch == 1)
        simulation.members[1].disk.wipe(genesis: simulation.genesis, isTrusted: false)
        simulation.restart(1)
        #expect(simulation.pass(atMost: 1_000) { $0.membership.epoch == 1 }, "\(simulation.states)")
        simulation.heal()
        #expect(simulation.pass(atMost: 2_000) { $0.isAtRest }, "\(simulation.states)")
        simulation.checkEnd()
        #expect(simulation.violation == nil)
    }

    /// The learners know that they are to vote, make a view, and have forgotten it there.
    @Test
    func `a cluster of one that loses its lead while it grows gets it back`() {
        var probes = Probes()
        for seed in UInt64(75)..<90 {
            var plan = SimulationPlan(seed: seed)
            plan.dwell(on: .growth)
            let outcome = SimulationRun.run(plan)
            #expect(outcome.failure == nil, "seed \(seed)")
            probes += outcome.probes
        }
        #expect(probes.strandedVoters > 5 && probes.growths == 15, "\(probes)")
    }

    /// The one that comes last does so after all patience is over.
    @Test(arguments: 0..<3)
    func `a new cluster begins under its first primary when its members have met`(last: Int) {
        var plan = SimulationPlan.quiet(seed: 5)
        plan.startsNew = true
        var simulation = Simulation(plan: plan)
        for other in 0..<3 where other != last {
            simulation.network.cut(from: last, to: other, until: 2_000)
            simulation.network.cut(from: other, to: last, until: 2_000)
        }
        simulation.pass(ticks: 1_990)
        #expect(simulation.committedCount == 0)
        #expect(simulation.pass(atMost: 200) { $0.committedCount > 0 }, "\(simulation.states)")
        #expect(simulation.members.allSatisfy { $0.replica?.primary == 0 }, "\(simulation.states)")
        #expect(simulation.violation == nil)
    }

    /// All machines come back from a power cut, and the primary's takes a few seconds longer.
    @Test(arguments: [100, 400])
    func `a cluster that is started as a whole waits for its primary`(ticks: Int) {
        var simulation = Self.cluster()
        for member in 0..<3 { simulation.crash(member) }
        simulation.pass(ticks: 50)
        for member in 1...2 { simulation.restart(member) }
        simulation.pass(ticks: ticks)
        simulation.restart(0)
        let before = simulation.committedCount
        #expect(simulation.pass(atMost: 100) { $0.committedCount > before + 3 }, "\(simulation.states)")
        #expect(simulation.members.allSatisfy { $0.replica?.primary == 0 }, "\(simulation.states)")
        #expect(simulation.violation == nil)
    }

    @Test
    func `a standby that was away when the primary died takes over as soon as it is back`() {
        var simulation = Self.cluster()
        simulation.crash(1)
        simulation.pass(ticks: 100)
        simulation.crash(0)
        simulation.pass(ticks: 1_000)
        simulation.restart(1)
        let before = simulation.committedCount
        #expect(simulation.pass(atMost: 300) { $0.committedCount > before }, "\(simulation.states)")
        #expect(simulation.violation == nil)
    }

    /// Seed 6983: it comes back with an older commit number than it told the member that is to join it.
    @Test
    func `a primary that crashes while another joins its view goes on with that one when it is back`() {
        var plan = SimulationPlan.quiet(seed: 1)
        plan.clientsCount = 2
        var simulation = Simulation(plan: plan)
        simulation.pass(ticks: 100)
        simulation.crash(0)
        #expect(simulation.pass(atMost: 1_000) { $0.members[1].replica?.isPrimary == true }, "\(simulation.states)")
        simulation.pass(ticks: 100)
        simulation.restart(0)
        let isCaught = simulation.pass(atMost: 500) { simulation in
            let (joining, primary) = (simulation.members[0], simulation.members[1])
            guard case .installing(let installation)? = joining.replica?.phase else { return false }
            return primary.disk.pendingCount == 0 && primary.disk.superblock.commit < installation.log.base.op
        }
        #expect(isCaught, "\(simulation.states)")
        simulation.crash(1)
        simulation.crash(2)
        simulation.restart(1)
        let before = simulation.committedCount
        #expect(simulation.pass(atMost: 1_000) { $0.committedCount > before + 10 }, "\(simulation.states)")
        #expect(simulation.violation == nil)
    }

    @Test
    func `a member that missed thousands of ops catches up, and new sets go on committing as before`() {
        var simulation = Self.cluster()
        simulation.crash(2)
        simulation.pass(ticks: 5_000)
        let before = simulation.committedCount
        simulation.pass(ticks: 500)
        let missed = simulation.committedCount
        #expect(missed > 1_500)
        simulation.restart(2)
        let start = simulation.now
        let isCurrent = simulation.pass(atMost: 500) {
            Int($0.members[2].replica?.commit.number ?? 0) + 64 > $0.committedCount
        }
        #expect(isCurrent, "\(simulation.states)")
        // Catching up takes a fraction of a second of it; the rate is that of the whole time.
        simulation.pass(ticks: Int(start + 500 - simulation.now))
        let (idle, busy) = (missed - before, simulation.committedCount - missed)
        #expect(busy * 10 >= idle * 9, "\(busy) sets committed while a member caught up, \(idle) before")
        #expect(simulation.violation == nil)
    }
}

extension SimulationPlan {
    /// No faults at all.
    static func quiet(seed: UInt64) -> SimulationPlan {
        var plan = SimulationPlan(seed: seed)
        plan.removeFaults()
        plan.policy = .any2
        plan.clientsCount = 12
        return plan
    }
}

extension Simulation {
    mutating func pass(ticks: Int) {
        for _ in 0..<ticks where self.violation == nil { self.tick() }
    }

    /// Runs until `condition` holds, and says whether it came to that within `ticks`.
    mutating func pass(atMost ticks: Int, until condition: (Simulation) -> Bool) -> Bool {
        for _ in 0..<ticks {
            if self.violation != nil { return false }
            if condition(self) { return true }
            self.tick()
        }
        return condition(self)
    }
}
