internal import Dispatch
internal import TarnCore
package import TarnSimulator

/// A scenario as the simulator plays it, with what was measured of the cluster: seeds enough for a distribution.
package struct ScenarioRehearsal: Sendable {
    package static let seedsDefault: UInt64 = 200
    private static let stepMilliseconds = Double(Rehearsal.stepMicroseconds) / 1_000
    /// What a held fault is held in the simulator, in ticks: nothing is learned by waiting longer.
    private static let holdTicks: UInt64 = 50
    /// What the simulator gives copies to become equal, in ticks.
    private static let redundancyTicks: UInt64 = 200
    private static let tickMilliseconds: UInt64 = 10
    /// The longest message: with the quarter that it may take more, what the simulator's network takes at most.
    private static let delayStepsMax = 400
    /// The longest mean of a durable write.
    private static let writeStepsMax = 500
    /// The longest time between two writes of clients: one second.
    private static let writeIntervalStepsMax = 500
    private static let queue = DispatchQueue(label: "tarn.drill.rehearsal")

    private let steps: [Rehearsal.Step]
    private let measuredFrom: Int
    private let conditions: Rehearsal.Conditions

    /// Nil for a scenario that breaks what the simulator does not model: a full disk, damaged bytes.
    package init?(_ scenario: Scenario, conditions: Rehearsal.Conditions) {
        let roster = Scenario.exemplar
        let script = DrillScript(scenario, roster)
        var steps: [Rehearsal.Step] = []
        var measuredFrom = 0
        // Where clients have to wait for the healing, the recovery counts from there, as in a drill.
        let firstHealing = script.steps.firstIndex { if case .heal = $0 { true } else { false } }
        let from = scenario.expectation == .writesReturn ? script.measuredFrom : firstHealing ?? script.measuredFrom
        for (index, step) in script.steps.enumerated() {
            if index == from { measuredFrom = steps.count }
            guard let translated = Self.translate(step, roster) else { return nil }
            steps += translated
        }
        self.steps = steps
        self.measuredFrom = measuredFrom
        self.conditions = conditions
    }

    /// What the simulator is told about a cluster: half the longest round trip as a message's time, the mean time of a
    /// durable write, which takes from half to twice of that, and how often clients write.
    package static func conditions(
        roundTripMilliseconds: [Double],
        syncMilliseconds: Double,
        writesPerSecond: Double
    ) -> Rehearsal.Conditions {
        func steps(_ milliseconds: Double, max limit: Int) -> Int {
            max(1, Int(min(Double(limit), (milliseconds / Self.stepMilliseconds).rounded(.up))))
        }
        let message = steps((roundTripMilliseconds.max() ?? 0) / 2, max: Self.delayStepsMax)
        let write = steps(syncMilliseconds, max: Self.writeStepsMax)
        return Rehearsal.Conditions(
            delaySteps: message...(message + message / 4),
            writeSteps: (write / 2)...(write * 2),
            writeIntervalSteps: steps(1_000 / writesPerSecond, max: Self.writeIntervalStepsMax)
        )
    }

    /// Plays seeds 0 to `seeds` - 1, on a thread of its own.
    package func run(seeds: UInt64) async -> Prediction {
        await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: self.runBlocking(seeds: seeds)) }
        }
    }

    private func runBlocking(seeds: UInt64) -> Prediction {
        var outcomes: [Rehearsal.Outcome] = []
        var failures = 0
        for seed in 0..<seeds {
            let outcome = Rehearsal.run(
                seed: seed,
                conditions: self.conditions,
                steps: self.steps,
                measuredFrom: self.measuredFrom
            )
            if let outcome, outcome.success != nil { outcomes.append(outcome) } else { failures += 1 }
        }
        let parts: [(Waterfall.Name, [UInt64])] = [
            (.firstSuspicion, outcomes.compactMap(\.suspicion)), (.exitQuorum, outcomes.compactMap(\.exit)),
            (.viewChosen, outcomes.compactMap(\.chosen)), (.firstNewCommit, outcomes.compactMap(\.commit)),
            (.firstClientSuccess, outcomes.compactMap(\.success)),
        ]
        return Prediction(
            seedsCount: Int(seeds),
            failuresCount: failures,
            total: Self.spread(outcomes.compactMap(\.success)),
            phases: parts.filter { !$0.1.isEmpty }.map { ($0.0, Self.spread($0.1)) }
        )
    }

    private static func spread(_ steps: [UInt64]) -> Prediction.Spread {
        Prediction.Spread(steps.map { $0 * Rehearsal.stepMicroseconds })
    }

    private static func translate(_ step: DrillStep, _ roster: Roster) -> [Rehearsal.Step]? {
        func index(_ name: DatacenterID) -> Int { roster.all.firstIndex(of: name) ?? 0 }
        switch step {
        case .inject(let fault):
            switch fault {
            case .kill(let name): return [.fault(.crash(index(name)))]
            case .pause(let name): return [.fault(.pause(index(name)))]
            case .cut(let from, let to): return [.fault(.cut(from: index(from), to: index(to)))]
            case .wipe(let name): return [.fault(.wipe(index(name)))]
            case .clock(let name, let seconds):
                return [.fault(.clock(index(name), microseconds: Int64(seconds) * 1_000_000))]
            case .fill, .corrupt: return nil
            }
        case .heal(let fault):
            switch fault {
            case .kill(let name), .wipe(let name), .corrupt(let name): return [.fault(.restart(index(name)))]
            case .pause(let name): return [.fault(.resume(index(name)))]
            case .cut(let from, let to): return [.fault(.mend(from: index(from), to: index(to)))]
            case .clock(let name, _): return [.fault(.clock(index(name), microseconds: 0))]
            case .fill: return nil
            }
        case .switchOver(let name): return [.fault(.switchover(to: index(name)))]
        case .hold: return [.wait(Self.holdTicks)]
        case .pause(let milliseconds): return [.wait(UInt64(milliseconds) / Self.tickMilliseconds)]
        case .awaitWrites: return [.awaitWrites]
        case .awaitOtherPrimary(let name): return [.awaitOtherPrimary(than: index(name))]
        case .awaitRedundancy: return [.wait(Self.redundancyTicks)]
        case .scrub: return []
        }
    }
}
