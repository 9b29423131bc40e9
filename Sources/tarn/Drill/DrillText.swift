internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// A report on a terminal.
enum DrillText {
    static func summary(_ report: DrillReport) -> String {
        var out = "\(report.id)  \(report.scenario)  \(report.verdict)\n\n"
        var phases = TextTable([("PHASE", .left), ("AFTER", .right), ("TOOK", .right)])
        for phase in report.waterfall.phases {
            phases.append([
                phase.name.title, "\(phase.atMicroseconds / 1_000) ms", "\(phase.microseconds / 1_000) ms",
            ])
        }
        out += phases.text + "\n"
        var objectives = TextTable([("", .left), ("OBJECTIVE", .left), ("WANTED", .left), ("MEASURED", .left)])
        for line in report.json["objectives"]?.items ?? [] {
            objectives.append([
                line["met"]?.boolean == true ? "ok" : "NO", line["objective"]?.string ?? "",
                line["wanted"]?.string ?? "", line["measured"]?.string ?? "",
            ])
        }
        out += objectives.text
        if let reason = report.json["abort_reason"]?.string { out += "\nended early: \(reason)\n" }
        for note in report.json["notes"]?.items ?? [] { out += "note: \(note.string ?? "")\n" }
        return out
    }
}
