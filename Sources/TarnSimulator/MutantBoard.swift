/// How many seeds it takes until the checkers see each planted mistake.
package struct MutantBoard: Sendable {
    /// What came of one mutant.
    package struct Row: Sendable {
        package let mutant: Mutant
        /// Seeds run until one failed, that one included; nil when none did.
        package let seedsCount: Int?
        package let failure: String?
    }

    /// Runs `mutant` with the seeds from 0 on, at most `seedsMax`, until one fails.
    package static func row(of mutant: Mutant, seedsMax: Int) -> Row {
        for seed in 0..<UInt64(seedsMax) {
            var plan = SimulationPlan(seed: seed)
            plan.mutant = mutant
            let outcome = SimulationRun.run(plan)
            if let failure = outcome.failure {
                return Row(mutant: mutant, seedsCount: Int(seed) + 1, failure: failure)
            }
        }
        return Row(mutant: mutant, seedsCount: nil, failure: nil)
    }
}
