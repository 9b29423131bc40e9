internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill list`: the scenarios.
struct DrillListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the fifteen scenarios: what each breaks, what it needs, and how it heals."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Argument(help: "Show this scenario only, with its hypothesis.")
    var scenario: String?

    func run() async throws {
        let scenarios = try self.scenario.map { [try DrillSession.scenario($0)] } ?? Scenario.all
        if self.json {
            return try Console.line(JSONValue.object(["scenarios": .array(scenarios.map(Self.json))]).json)
        }
        if self.scenario != nil, let scenario = scenarios.first { return try Console.write(Self.text(scenario)) }
        var table = TextTable([("ID", .left), ("SCENARIO", .left), ("BREAKS", .left), ("NEEDS", .left)])
        for scenario in scenarios {
            table.append([scenario.id, scenario.title, scenario.breaks, Self.needs(scenario)])
        }
        try Console.write(table.text + "'tarn drill list ID' shows one with its hypothesis and how it heals.\n")
    }

    private static func needs(_ scenario: Scenario) -> String {
        let words = scenario.needs.map(\.rawValue)
        return words.isEmpty ? "nothing" : "hook: \(words.joined(separator: ", "))"
    }

    private static func text(_ scenario: Scenario) -> String {
        """
        \(scenario.id)  \(scenario.title)
        hypothesis  \(scenario.hypothesis)
        breaks      \(scenario.breaks)
        needs       \(self.needs(scenario))
        heals by    \(scenario.heals)

        """
    }

    private static func json(_ scenario: Scenario) -> JSONValue {
        [
            "id": .string(scenario.id), "title": .string(scenario.title),
            "hypothesis": .string(scenario.hypothesis), "breaks": .string(scenario.breaks),
            "heals": .string(scenario.heals), "needs": .array(scenario.needs.map { .string($0.rawValue) }),
        ]
    }
}
