/// Looks for the fewest events that still make a seed fail, by leaving out ever smaller parts of them.
package struct TraceReducer: Sendable {
    /// Runs that may be spent on one failure.
    private static let runsMax = 400

    private var runsLeft = TraceReducer.runsMax
    private var plan: SimulationPlan
    private var best: SimulationRun.Outcome

    /// The shortest run that was found to fail as the seed of `plan` does; nil when that does not fail at all.
    package static func reduce(_ plan: SimulationPlan) -> SimulationRun.Outcome? {
        let outcome = SimulationRun.run(plan)
        guard outcome.failure != nil else { return nil }
        var reducer = TraceReducer(plan: plan, best: outcome)
        reducer.run()
        return reducer.best
    }

    private init(plan: SimulationPlan, best: SimulationRun.Outcome) {
        self.plan = plan
        self.best = best
    }

    private mutating func run() {
        var parts = 2
        while self.runsLeft > 0, !self.best.events.isEmpty {
            let events = self.best.events
            let size = max(1, (events.count + parts - 1) / parts)
            var hasShrunk = false
            for start in stride(from: 0, to: events.count, by: size) where self.runsLeft > 0 {
                let left = Array(events[..<start] + events[min(start + size, events.count)...])
                if self.fails(with: left) {
                    hasShrunk = true
                    break
                }
            }
            if hasShrunk {
                parts = max(2, parts - 1)
            } else if size == 1 {
                return
            } else {
                parts = min(parts * 2, events.count)
            }
        }
    }

    /// Whether it still fails with these events only; then they are the best that is known.
    private mutating func fails(with events: [FaultEvent]) -> Bool {
        self.runsLeft -= 1
        self.plan.only = Set(events)
        let outcome = SimulationRun.run(self.plan)
        guard outcome.failure != nil, outcome.events.count < self.best.events.count else { return false }
        self.best = outcome
        return true
    }
}
