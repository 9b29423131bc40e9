internal import TarnConsensus
internal import TarnCore

/// A whole run of one seed: faults, then none, and then everything must come together.
package struct SimulationRun: Sendable {
    /// What came of a run.
    package struct Outcome: Sendable {
        package let seed: UInt64
        /// What went wrong, and at which tick; nil when nothing did.
        package let failure: String?
        /// The same for every run of the same seed, in any process.
        package let digest: UInt64
        /// Simulated time, in ticks of 10 ms.
        package let ticks: UInt64
        package let committedCount: Int
        package let probes: Probes
        /// What was made to go wrong, in order.
        package let events: [FaultEvent]
    }

    /// How long a healed cluster may take until it works and until all members are equal, in ticks: 30 s.
    private static let patience = 3_000

    /// Runs the seed of `plan` to the end.
    package static func run(_ plan: SimulationPlan) -> Outcome {
        var simulation = Simulation(plan: plan)
        while simulation.violation == nil, simulation.now < plan.ticks { simulation.tick() }
        if simulation.violation == nil { self.demandLiveness(of: &simulation) }
        return Outcome(
            seed: plan.seed,
            failure: simulation.violation.map { "tick \(simulation.now): \($0)" },
            digest: simulation.digest,
            ticks: simulation.now,
            committedCount: simulation.committedCount,
            probes: simulation.probes,
            events: simulation.events
        )
    }

    private static func demandLiveness(of simulation: inout Simulation) {
        simulation.heal()
        // Starting members commit what they hold: the clients count from before that.
        let before = simulation.healedCount
        for _ in 0..<self.patience where simulation.violation == nil {
            simulation.tick()
            if simulation.committedCount > before + 3, simulation.isAtRest { break }
        }
        guard simulation.violation == nil else { return }
        if simulation.committedCount <= before + 3 {
            simulation.fail("I16: the healed cluster commits nothing new: \(simulation.states)")
        } else if !simulation.isAtRest {
            simulation.fail("I16: the healed cluster does not come together: \(simulation.states)")
        }
        simulation.checkEnd()
    }
}

extension Simulation {
    /// Ends all faults; one datacentre may stay lost.
    mutating func heal() {
        self.isHealed = true
        self.healedAt = self.now
        self.healedCount = self.committedCount
        self.network.heal()
        if self.plan.losesOne, self.disturbed == nil, self.isSettled,
            self.members.allSatisfy({ $0.isLost || $0.disk.superblock.isTrusted })
        {
            var random = SeededRandom(seed: self.plan.seed)
            let seat = random.below(3)
            let index = SimulatedMember.index(of: self.membership.members[seat].datacenter)
            // The policy that needs both primaries is not served by one of them.
            if self.plan.policy == .any2 || index == 2 {
                self.probes.losses += 1
                if self.members[index].replica != nil { self.crash(index) }
                self.members[index].isLost = true
            }
        }
        for index in self.members.indices where !self.members[index].isLost {
            self.members[index].pausedUntil = 0
            self.members[index].disk.stalledUntil = 0
            self.members[index].disk.logStalledUntil = 0
            self.members[index].disk.fullUntil = 0
            if self.members[index].replica == nil { self.restart(index) }
        }
    }

    /// Whether all members that are left have committed the same whole log, with all blobs, and no client waits.
    var isAtRest: Bool {
        let head = self.checker.head
        guard self.isSettled else { return false }
        for member in self.members where !member.isLost {
            guard let replica = member.replica, !replica.isChangingView, replica.isTrusted, replica.commit == head,
                replica.head == head, member.jobs.isEmpty, member.noopView == nil
            else { return false }
        }
        return self.clients.allSatisfy { if case .idle = $0.state { true } else { false } }
    }

    mutating func fail(_ message: String) { self.checker.fail(message) }

    /// I3, I8: nothing that was committed is gone, and everybody has the same state.
    mutating func checkEnd() {
        guard self.violation == nil else { return }
        self.checker.checkEntries(self.members)
        self.checker.checkBlobs(self.members)
        let roots = self.members.filter { !$0.isLost }.map(\.line.header.root)
        if let first = roots.first, roots.contains(where: { $0 != first }) {
            self.checker.fail("I8: members at one op have different roots")
        }
        for index in self.members.indices where !self.members[index].isLost {
            self.fold(self.members[index].line.header.op.number)
        }
    }

    /// Every member in one line.
    var states: String {
        self.members.map { $0.replica.map(\.description) ?? "member \($0.index) down" }.joined(separator: "; ")
    }
}
