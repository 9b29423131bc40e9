internal import ArgumentParser
internal import TarnNode
internal import TarnSimulator

/// `tarn sim run`: seeds with every fault, each followed by a healed cluster that has to come together.
struct SimRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run seeds and check every invariant; exit code 1 when one fails.",
        discussion: """
            Prints what failed, the fewest events that still make it fail, and the command that replays them. Prints a \
            digest of everything that happened: two processes that run the same seeds print the same. With 10,000 seeds or \
            more, a rare path that was never taken is a failure too.
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

    @Option(help: ArgumentHelp("With --seed: only these events happen.", valueName: "KIND@TICK,…"))
    var events: String?

    private static let seedsForEveryPath: UInt64 = 10_000

    func validate() throws {
        guard self.seeds > 0, !self.from.addingReportingOverflow(self.seeds).overflow else {
            throw ValidationError("--seeds \(self.seeds) from seed \(self.from) on are none, or go past the last seed")
        }
        if let minutes, !(minutes > 0) { throw ValidationError("--minutes \(minutes) is not more than 0") }
        guard self.events == nil || self.seed != nil else {
            throw ValidationError("--events are those of one seed; name it with --seed")
        }
    }

    func run() async throws {
        if let seed { return try self.runOne(seed) }
        let start = WallClock.monotonicNanoseconds()
        var (run, ticks, committed) = (UInt64(0), UInt64(0), 0)
        var probes = Probes()
        var failures = 0
        var digest: UInt64 = 0
        for seed in self.from..<(self.from + self.seeds) {
            let outcome = SimulationRun.run(SimulationPlan(seed: seed))
            (run, ticks, committed) = (run + 1, ticks + outcome.ticks, committed + outcome.committedCount)
            probes += outcome.probes
            digest = (digest ^ outcome.digest) &* 0x100_0000_01b3
            if let failure = outcome.failure {
                failures += 1
                try Console.write("seed \(seed) fails: \(failure)\n\(Self.replay(seed))\n")
            }
            if let minutes, Self.seconds(since: start) >= minutes * 60 { break }
        }
        let seconds = Self.seconds(since: start)
        var text = "\(run) seeds, \(failures) failed; \(committed) ops committed in \(ticks / 100) simulated s\n"
        text += probes.counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + "\n"
        text += "digest \(String(digest, radix: 16))\n"
        try Console.write(text)
        Console.error("\(Int(Double(ticks) / 100 / max(seconds, 0.001))) simulated s a second")
        let neverTaken = run >= Self.seedsForEveryPath ? probes.missing : []
        if !neverTaken.isEmpty { try Console.line("never taken: \(neverTaken.joined(separator: ", "))") }
        if failures > 0 || !neverTaken.isEmpty { throw ExitCode.failure }
    }

    /// The shortest trace that still fails, and the command that runs it.
    private static func replay(_ seed: UInt64) -> String {
        guard let shortest = TraceReducer.reduce(SimulationPlan(seed: seed)), let failure = shortest.failure else {
            return "replay it: tarn sim run --seed \(seed)"
        }
        let events = shortest.events.map(\.description).joined(separator: ",")
        return "shortest trace: \(shortest.events.count) events, \(failure)\n"
            + "replay it: tarn sim run --seed \(seed) --events '\(events)'"
    }

    /// The plan of one seed, with the events that were asked for.
    private func plan(_ seed: UInt64) throws -> SimulationPlan {
        var plan = SimulationPlan(seed: seed)
        if let events {
            plan.only = Set(
                try events.split(separator: ",").map { text in
                    guard let event = FaultEvent(text) else { throw ValidationError("'\(text)' is not KIND@TICK") }
                    return event
                }
            )
        }
        return plan
    }

    private func runOne(_ seed: UInt64) throws {
        let outcome = SimulationRun.run(try self.plan(seed))
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
