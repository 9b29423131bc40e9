import TarnConsensus
import TarnCore
import TarnTestKit
import Testing

@Suite
struct ClusterSimulationTests {
    /// A mix of faults of its own for each seed.
    static func options(seed: UInt64) -> ClusterSimulation.Options {
        var random = SplitMix64(seed: seed ^ 0x5eed)
        var options = ClusterSimulation.Options()
        options.policy = random.chance(percent: 25) ? .bothPrimaries : .any2
        options.network.lossPercent = random.chance(percent: 30) ? 0 : random.within(1...30)
        options.network.repeatPercent = random.chance(percent: 30) ? 0 : random.within(1...30)
        let delay = random.within(1...3)
        options.network.delayTicks = delay...(delay + random.within(0...25))
        options.crashPermille = random.pick([0, 2, 8])
        options.cutPermille = random.pick([0, 2, 8])
        options.slowDiskPercent = random.pick([0, 10, 50])
        options.submitPercent = random.pick([10, 30, 60])
        options.submitBurst = random.pick([1, 4, 20])
        return options
    }

    /// What went wrong in a whole run of `seed`: faults, then none, then everything must come together.
    static func violation(
        seed: UInt64,
        options: ClusterSimulation.Options,
        probes: inout ClusterSimulation.Probes
    ) -> String? {
        var cluster = ClusterSimulation(seed: seed, options: options)
        cluster.run(ticks: 1_200)
        cluster.heal()
        cluster.run(ticks: 100)
        var left = 3
        for _ in 0..<800 where left > 0 {
            left -= cluster.submit(count: left)
            cluster.tick()
        }
        let isConverged = cluster.run(atMost: 800) { $0.isConverged }
        probes += cluster.probes
        if let violation = cluster.violation { return "seed \(seed), tick \(cluster.now): \(violation)" }
        if options.foreignPermille > 0 { return nil }
        if left > 0 { return "seed \(seed): the healed primary takes no sets: \(cluster.states)" }
        if !isConverged { return "seed \(seed): the healed cluster does not converge: \(cluster.states)" }
        return nil
    }

    @Test(arguments: 0..<8)
    func `every fault is survived and every invariant holds`(group: UInt64) {
        var probes = ClusterSimulation.Probes()
        for seed in group * 40..<(group + 1) * 40 {
            let violation = Self.violation(seed: seed, options: Self.options(seed: seed), probes: &probes)
            if let violation { Issue.record("\(violation)") }
        }
        #expect(probes.restarts > 0 && probes.resends > 0, "\(probes)")
        #expect(probes.repairsFromPrimary > 0 && probes.repairsFromBackup > 0 && probes.bulkRequests > 0, "\(probes)")
    }

    @Test
    func `a Prepare of another history halts a member and is committed by none`() {
        var haltedCount = 0
        for seed in 0..<UInt64(20) {
            var options = Self.options(seed: seed)
            options.foreignPermille = 5
            var cluster = ClusterSimulation(seed: seed, options: options)
            cluster.run(ticks: 600)
            #expect(cluster.violation == nil, "seed \(seed)")
            haltedCount += cluster.replicas.count { $0?.halted != nil }
        }
        #expect(haltedCount > 0)
    }

    @Test(arguments: Mutant.allCases)
    func `the checkers find a planted mistake`(mutant: Mutant) {
        var probes = ClusterSimulation.Probes()
        let found = (0..<UInt64(50)).first { seed in
            var options = Self.options(seed: seed)
            options.mutant = mutant
            options.foreignPermille = mutant == .acceptsAnyParent ? 5 : 0
            return Self.violation(seed: seed, options: options, probes: &probes) != nil
        }
        #expect(found != nil, "\(mutant) was not found in 50 seeds")
    }

    @Test(arguments: [UInt64(3), 14, 159])
    func `the same seed gives the same run`(seed: UInt64) {
        func trace() -> UInt64 {
            var cluster = ClusterSimulation(seed: seed, options: Self.options(seed: seed))
            cluster.run(ticks: 800)
            return cluster.trace
        }
        #expect(trace() == trace())
    }
}

extension ClusterSimulation {
    var states: String { self.replicas.map { $0.map(\.description) ?? "down" }.joined(separator: "; ") }
}
