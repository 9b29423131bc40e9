internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill schedule`: when the next drills are due.
struct DrillScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Show what client.yaml schedules, and the next five times, in UTC."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wanted = try ClientSession.configuration(self.options).drill
        guard let text = wanted?.schedule else {
            if self.options.json { return try Console.line(#"{"schedule":null}"#) }
            return try Console.line("no drill is scheduled; client.yaml would say so: drill: {schedule: \"0 3 * * 0\"}")
        }
        let scenario = try DrillSession.scenario(wanted?.scenario ?? "S1")
        let schedule = try DrillDaemonCommand.schedule(text)
        var times: [UInt64] = []
        var time = TimeArgument.now
        while times.count < 5, let next = schedule.next(after: time) {
            times.append(next)
            time = next
        }
        if self.options.json {
            let document: JSONValue = [
                "schedule": .string(text), "scenario": .string(scenario.id),
                "next": .array(times.map { .string(Timestamp(microseconds: $0).description) }),
            ]
            return try Console.line(document.json)
        }
        try Console.line("\(scenario.id) \(scenario.title), '\(text)'")
        for time in times { try Console.line(HumanText.time(microseconds: time)) }
    }
}
