internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill history`: all drills of the cluster, from its log.
struct DrillHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show all drills with their RTO and RPO, and whether they get better."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await DrillSession.run(self.options) { session in
            let reports = try await DrillHistory.reports(of: session.cluster)
            if session.isJSON {
                let rows = reports.map { DrillHistory.row($0) }
                return try Console.line(JSONValue.object(["drills": .array(rows)]).json)
            }
            var table = TextTable([
                ("DRILL", .left), ("SCENARIO", .left), ("VERDICT", .left), ("RTO", .right), ("LOST", .right),
                ("ACKNOWLEDGED", .right), ("TREND", .right),
            ])
            for (index, report) in reports.enumerated() {
                table.append([
                    report.id, report.scenario, report.verdict,
                    report.recoveryMilliseconds.map { "\(Int($0)) ms" } ?? "-", "\(report.lostCount)",
                    "\(report.acknowledgedCount)",
                    DrillHistory.trend(of: report, after: reports[..<index]).map { "\($0 > 0 ? "+" : "")\($0) %" }
                        ?? "",
                ])
            }
            try Console.write(reports.isEmpty ? "no drill was ever run\n" : table.text)
        }
    }
}
