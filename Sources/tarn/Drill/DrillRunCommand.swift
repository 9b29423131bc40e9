internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill run`: break something, measure, heal, and sign what was seen.
struct DrillRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a scenario against the cluster, heal it, and keep a signed report.",
        discussion: """
            Exit code 0 when every objective was met, 1 when one was not. Ctrl-C and a stop condition heal first, then report. \
            Stop conditions: p50, p99 and gap with a duration, refused, unknown and stale with a count, such as 'p99>2s'.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The scenario, S1 to S15.")
    var scenario: String

    @Option(name: .customLong("for"), help: ArgumentHelp("How long the fault is kept.", valueName: "duration"))
    var hold: String?

    @Option(help: "Writes a second.")
    var rate = DrillSettings.rateDefault

    @Option(help: ArgumentHelp("End early when this holds; may be given again.", valueName: "condition"))
    var stopIf: [String] = []

    @Option(help: ArgumentHelp("The hook script; that of client.yaml when absent.", valueName: "file"))
    var hook: String?

    @Option(help: ArgumentHelp("How long to watch before and after.", valueName: "duration"))
    var calm = "3s"

    @Option(help: "Seeds of the rehearsal that the result is compared with; 0 for none.")
    var rehearse: UInt64 = 200

    func run() async throws {
        try await DrillSession.run(self.options) { session in
            let settings = try self.settings(session)
            let report = try await DrillInterrupt.trapped {
                try await Self.run(settings, session, hook: self.hook, abort: $0)
            }
            if session.isJSON {
                try Console.line(report.json.json)
            } else {
                try Console.write(DrillText.summary(report))
            }
            if report.verdict != Verdict.Grade.passed.rawValue { throw ExitCode.failure }
        }
    }

    /// Runs a drill until its end, or until `abort` is raised, which heals first.
    static func run(
        _ settings: DrillSettings,
        _ session: DrillSession,
        hook: String?,
        abort: AbortFlag
    ) async throws -> DrillReport {
        let id = DrillID.make(scenario: settings.scenario.id, at: session.cluster.clock.now)
        let clock = session.cluster.clock
        let start = clock.now
        let drill = DrillRun(
            settings: settings,
            cluster: session.cluster,
            folder: session.folder,
            hook: try session.hook(hook, drillID: id),
            id: id,
            configurationPath: session.configurationPath,
            progress: { text in
                Console.error("\(HumanText.seconds(Double(clock.now - start) / 1_000_000))  \(text)")
            }
        )
        Console.error("drill \(id): \(settings.scenario.title)")
        return try await drill.run(abort: abort)
    }

    private func settings(_ session: DrillSession) throws -> DrillSettings {
        var settings = DrillSettings(scenario: try DrillSession.scenario(self.scenario))
        settings.objectives = session.objectives
        settings.rate = self.rate
        settings.rehearsalSeeds = self.rehearse
        settings.calmSeconds = try Self.duration(self.calm, "--calm")
        if let hold = self.hold ?? session.configuration.drill?.hold {
            settings.holdSeconds = try Self.duration(hold, "--for")
        }
        settings.stopConditions = try self.stopIf.map { text in
            guard let condition = StopCondition(text) else {
                throw ClientError(.usage, "--stop-if '\(text)' is not like 'p99>2s', 'gap>10s' or 'unknown>5'")
            }
            return condition
        }
        try DrillSession.check(settings)
        return settings
    }

    static func duration(_ text: String, _ option: String) throws -> Double {
        guard let duration = ShortDuration(text) else {
            throw ClientError(.usage, "\(option) '\(text)' is no duration such as 500ms, 10s or 5m")
        }
        return duration.seconds
    }
}
