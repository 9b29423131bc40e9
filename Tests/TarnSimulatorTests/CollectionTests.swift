import TarnConsensus
import TarnCore
import Testing

@testable import TarnSimulator

/// Directed cases of collecting garbage.
@Suite
struct CollectionTests {
    /// A cluster without faults whose members have collected what a floor lets go.
    private static func collected() -> Simulation {
        var plan = SimulationPlan.quiet(seed: 1)
        plan.stagedTicks = 100
        plan.graceTicks = 0
        var simulation = Simulation(plan: plan)
        simulation.pass(ticks: 800)
        simulation.raiseFloor()
        simulation.pass(ticks: 150)
        for index in 0..<3 { simulation.beginCollection(on: index) }
        simulation.pass(ticks: 150)
        return simulation
    }

    /// A floor that keeps everything from `op` on and nothing below.
    private static func floor(at op: Op) -> GarbageFloor {
        do {
            return try GarbageFloor(floor: op, kept: [])
        } catch {
            preconditionFailure("a floor at op \(op): \(error)")
        }
    }

    @Test
    func `what a floor lets go is removed, and nothing else`() {
        var simulation = Self.collected()
        #expect(simulation.probes.collectedBlobs > 0, "\(simulation.probes)")
        #expect(simulation.members.allSatisfy { $0.floor.floor > .genesis })
        simulation.heal()
        #expect(simulation.pass(atMost: 2_000) { $0.isAtRest }, "\(simulation.states)")
        simulation.checkEnd()
        #expect(simulation.violation == nil)
    }

    /// Some of what old ops name is gone everywhere; nobody waits for it.
    @Test(arguments: 0..<3)
    func `a member that is wiped after a collection becomes whole again`(member: Int) {
        var simulation = Self.collected()
        simulation.crash(member)
        simulation.members[member].disk.wipe(genesis: simulation.genesis, isTrusted: false)
        simulation.pass(ticks: 300)
        simulation.restart(member)
        simulation.heal()
        #expect(simulation.pass(atMost: 2_000) { $0.isAtRest }, "\(simulation.states)")
        simulation.checkEnd()
        #expect(simulation.violation == nil)
    }

    /// Seed 15196: that op puts something at a path and something else at the same path, so no state has the first.
    @Test
    func `a member that starts again does not wait for what the floor's own op replaced`() throws {
        var plan = SimulationPlan.quiet(seed: 1)
        plan.stagedTicks = 100
        plan.graceTicks = 0
        var simulation = Simulation(plan: plan)
        simulation.pass(ticks: 800)
        let checker = simulation.checker
        let found = checker.canonical.first { committed in
            let floor = Self.floor(at: committed.entry.header.op)
            return committed.blobs.contains { !checker.references.isKept($0, by: floor) { _ in true } }
        }
        let op = try #require(found).entry.header.op
        let request = SimulatedClient.request("upkeep", 1)
        simulation.order(.gcFloor, body: Self.floor(at: op).encoded(), blobs: 0, request: request, on: 0)
        simulation.pass(ticks: 150)
        // Each leaves something that is not worth a compaction.
        for _ in 0..<3 {
            for index in 0..<3 { simulation.beginCollection(on: index) }
            simulation.pass(ticks: 150)
        }
        #expect(simulation.members.allSatisfy { !$0.disk.isWhole(op) && $0.disk.isAcknowledged(op) })
        simulation.crash(1)
        simulation.restart(1)
        simulation.heal()
        #expect(simulation.pass(atMost: 2_000) { $0.isAtRest }, "\(simulation.states)")
        simulation.checkEnd()
        #expect(simulation.violation == nil)
    }

    @Test(arguments: [Mutant.collectsAboveFloor, .collectsPromises])
    func `a collection by a wrong rule is noticed`(mutant: Mutant) {
        let found = (0..<UInt64(30)).contains { seed in
            var plan = SimulationPlan(seed: seed)
            plan.mutant = mutant
            return ["I11", "I12"].contains { SimulationRun.run(plan).failure?.contains($0) ?? false }
        }
        #expect(found)
    }
}
