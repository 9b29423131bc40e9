internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill daemon`: runs what client.yaml schedules.
struct DrillDaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Run the scheduled drills; without a schedule in client.yaml, nothing.",
        discussion: """
            Stays until it is ended. With --if-due it looks once whether a drill fell due since it last looked, runs it, and ends: \
            for a timer that calls it every minute.
            """
    )

    private static let pauseSeconds = 30

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Look once, and end.")
    var ifDue = false

    func run() async throws {
        let configuration = try ClientSession.configuration(self.options)
        guard let wanted = configuration.drill, let text = wanted.schedule else {
            return Console.error("tarn: no drill is scheduled")
        }
        let schedule = try Self.schedule(text)
        let folder = try DrillSession.folder(configuration)
        try await DrillInterrupt.trapped { abort in
            repeat {
                let since = folder.lastLook() ?? TimeArgument.now
                guard let next = schedule.next(after: since) else { throw ClientError(.usage, "'\(text)' never comes") }
                let isDue = next <= TimeArgument.now
                try self.look(folder)
                if isDue {
                    try await self.drill(wanted, abort)
                } else if !self.ifDue {
                    try await Self.pause(abort)
                }
            } while !self.ifDue && abort.reason == nil
        }
    }

    /// Waits until it is time to look again, or until the daemon is to end.
    private static func pause(_ abort: AbortFlag) async throws {
        for _ in 0..<self.pauseSeconds where abort.reason == nil { try await Task.sleep(for: .seconds(1)) }
    }

    private func look(_ folder: DrillFolder) throws {
        do {
            try folder.noteLook(at: TimeArgument.now)
        } catch let error as DrillError {
            throw ClientError(.failed, error.message)
        }
    }

    /// A drill that fails or finds the cluster unfit is told, and the next one comes all the same.
    private func drill(_ wanted: DrillConfiguration, _ abort: AbortFlag) async throws {
        do {
            try await DrillSession.run(self.options) { session in
                var settings = DrillSettings(scenario: try DrillSession.scenario(wanted.scenario ?? "S1"))
                settings.objectives = session.objectives
                if let hold = wanted.hold { settings.holdSeconds = try DrillRunCommand.duration(hold, "drill: hold") }
                let report = try await DrillRunCommand.run(settings, session, hook: nil, abort: abort)
                Console.error(DrillText.summary(report))
                if self.ifDue, report.verdict != Verdict.Grade.passed.rawValue { throw ExitCode.failure }
            }
        } catch let error as ClientError where !self.ifDue {
            Console.error("tarn: the scheduled drill failed: \(error.message)")
        }
    }

    static func schedule(_ text: String) throws -> CronSchedule {
        do {
            return try CronSchedule(text)
        } catch {
            throw ClientError(.usage, "drill: schedule: \(error.message)")
        }
    }
}
