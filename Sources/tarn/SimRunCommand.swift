internal import ArgumentParser
internal import TarnNode
internal import TarnSimulator

/// `tarn sim run`: seeds with every fault, each followed by a healed cluster that has to come together.
struct SimRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run seeds and check every invariant; exit code 1 when one fails.",
        discussion: """
            Prints what failed, and the command that replays it. --seed runs one seed and prints its digest: two
            processes that run the same seed print the same.
            """
    )

    @Option(help: "Run this seed only.")
    var seed: UInt64?

    @Option(help: "Run so many seeds.")
    var seeds: UInt64 = 200

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    @Option(help: "Stop after so many minutes.")
    var minutes: Double?

    func run() async throws {
        if let seed { return try self.runOne(seed) }
        let start = WallClock.monotonicNanoseconds()
        var (run, ticks, committed) = (UInt64(0), UInt64(0), 0)
        var probes = Probes()
        var failures = 0
        for seed in self.from..<(self.from + self.seeds) {
            let outcome = SimulationRun.run(SimulationPlan(seed: seed))
            (run, ticks, committed) = (run + 1, ticks + outcome.ticks, committed + outcome.committedCount)
            probes += outcome.probes
            if let failure = outcome.failure {
                failures += 1
                try Console.write("seed \(seed) fails: \(failure)\nreplay it: tarn sim run --seed \(seed)\n")
            }
            if let minutes, Self.seconds(since: start) >= minutes * 60 { break }
        }
        let seconds = Self.seconds(since: start)
        var text = "\(run) seeds, \(failures) failed; \(committed) ops committed in \(ticks / 100) simulated s, "
        text += "\(Int(Double(ticks) / 100 / max(seconds, 0.001))) a second\n"
        text += probes.counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + "\n"
        try Console.write(text)
        if failures > 0 { throw ExitCode.failure }
    }

    private func runOne(_ seed: UInt64) throws {
        let outcome = SimulationRun.run(SimulationPlan(seed: seed))
        var text = "seed \(seed): \(outcome.committedCount) ops committed in \(outcome.ticks / 100) s, "
        text += "digest \(String(outcome.digest, radix: 16))\n"
        text += outcome.probes.counts.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
        try Console.write(text + "\n")
        guard let failure = outcome.failure else { return }
        try Console.write("fails: \(failure)\n")
        throw ExitCode.failure
    }

    private static func seconds(since start: UInt64) -> Double {
        Double(WallClock.monotonicNanoseconds() - start) / 1_000_000_000
    }
}
