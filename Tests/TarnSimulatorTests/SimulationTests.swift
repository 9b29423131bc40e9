import Foundation
import TarnSimulator
import Testing

@Suite
struct SimulationTests {
    /// Seeds in one case; eight cases by default, 400 with TARN_LONG=1.
    private static let seedsPerGroup: UInt64 = 25
    private static let groups: UInt64 = ProcessInfo.processInfo.environment["TARN_LONG"] == "1" ? 400 : 8

    @Test(arguments: 0..<Self.groups)
    func `every fault is survived and every invariant holds`(group: UInt64) {
        var probes = Probes()
        for seed in group * Self.seedsPerGroup..<(group + 1) * Self.seedsPerGroup {
            let outcome = SimulationRun.run(SimulationPlan(seed: seed))
            probes += outcome.probes
            if let failure = outcome.failure {
                Issue.record("\(failure)\nreplay: tarn sim run --seed \(seed)")
            }
        }
        #expect(probes.viewChanges > 0 && probes.writes > 0 && probes.adoptions > 0, "\(probes)")
    }

    /// Each of them failed once; what it found has a test of its own where it could be told apart.
    @Test(arguments: [UInt64(6_983), 15_196, 15_611, 20_466, 22_246])
    func `a seed that found a mistake holds`(seed: UInt64) {
        #expect(SimulationRun.run(SimulationPlan(seed: seed)).failure == nil)
    }

    @Test(arguments: [UInt64(3), 14, 159])
    func `the same seed gives the same run`(seed: UInt64) {
        let first = SimulationRun.run(SimulationPlan(seed: seed))
        let second = SimulationRun.run(SimulationPlan(seed: seed))
        #expect(first.digest == second.digest)
        #expect(first.probes == second.probes)
    }

    @Test func `a failure is reduced to a few events that still fail`() throws {
        let failing = (0..<UInt64(500)).lazy.map { seed in
            var plan = SimulationPlan(seed: seed)
            plan.mutant = .forgetsLogView
            return plan
        }.first { SimulationRun.run($0).failure != nil }
        var plan = try #require(failing)
        let whole = SimulationRun.run(plan)
        let shortest = try #require(TraceReducer.reduce(plan))
        #expect(shortest.events.count < whole.events.count, "\(shortest.events)")
        plan.only = Set(shortest.events.compactMap { FaultEvent("\($0)") })
        #expect(SimulationRun.run(plan).failure == shortest.failure)
        for event in shortest.events {
            plan.only = Set(shortest.events).subtracting([event])
            #expect(SimulationRun.run(plan).failure == nil, "\(event) is not needed")
        }
        plan.only = Set(shortest.events)
        plan.mutant = nil
        #expect(SimulationRun.run(plan).failure == nil)
    }

    @Test(arguments: Mutant.allCases)
    func `the checkers find a planted mistake`(mutant: Mutant) {
        let row = MutantBoard.row(of: mutant, seedsMax: 500)
        #expect(row.seedsCount != nil, "\(mutant.summary) was not found in 500 seeds")
    }
}
