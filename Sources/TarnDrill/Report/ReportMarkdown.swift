internal import TarnClient
internal import TarnCore

/// A report as Markdown: for a ticket, or to be printed.
package struct ReportMarkdown: Sendable {
    private let report: DrillReport

    package init(_ report: DrillReport) {
        self.report = report
    }

    package var text: String {
        let json = self.report.json
        var out = "# Drill \(self.report.id): \(json["title"]?.string ?? self.report.scenario)\n\n"
        out += "**Verdict: \(self.report.verdict).** \(json["hypothesis"]?.string ?? "")\n\n"
        out += "Begun \(Self.time(json["started_at"])), fault at \(Self.time(json["injected_at"])), "
        out += "healed from \(Self.time(json["healed_at"])), settled at \(Self.time(json["settled_at"])).\n\n"
        out += self.table(
            "Objectives",
            ["objective", "wanted", "measured", "met"],
            (json["objectives"]?.items ?? []).map { line in
                ["objective", "wanted", "measured"].map { line[$0]?.string ?? "" }
                    + [line["met"]?.boolean == true ? "yes" : "**no**"]
            }
        )
        out += self.table(
            "Recovery",
            ["phase", "ms after the fault", "ms taken", "predicted p50"],
            self.report.waterfall.phases.map { phase in
                [
                    phase.name.title, Self.milliseconds(phase.atMicroseconds), Self.milliseconds(phase.microseconds),
                    self.predicted(phase.name),
                ]
            }
        )
        out += self.facts("Data", json["rpo"], ["acknowledged", "lost", "lost_bytes", "unacknowledged_in_flight"])
        out += self.facts(
            "Clients",
            json["client"],
            [
                "attempts", "acknowledged", "errors", "unknowns_resolved", "unknown", "p50_ms", "p99_ms",
                "longest_gap_ms", "reads", "failed_reads", "stale_reads",
            ]
        )
        out += self.table(
            "Roots",
            ["datacentre", "op", "root"],
            (json["roots"]?.items ?? []).map { row in ["dc", "op", "root"].map { row[$0]?.display ?? "" } }
        )
        out += self.facts("Receipts", json["receipts"], ["checked", "valid", "signed_by_all"])
        return out
    }

    private func predicted(_ name: Waterfall.Name) -> String {
        let phases = self.report.json["predicted"]?["phases"]?.items ?? []
        return phases.first { $0["name"]?.string == name.rawValue }?["at"]?["p50_ms"]?.display ?? ""
    }

    private func facts(_ title: String, _ value: JSONValue?, _ keys: [String]) -> String {
        self.table(
            title,
            ["figure", "value"],
            keys.map { [$0.split(separator: "_").joined(separator: " "), value?[$0]?.display ?? ""] }
        )
    }

    private func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        var out = "## \(title)\n\n| \(columns.joined(separator: " | ")) |\n|\(columns.map { _ in "---|" }.joined())\n"
        for row in rows {
            let cells = row.map { TextTable.printable($0).split(separator: "|").joined(separator: "\\|") }
            out += "| \(cells.joined(separator: " | ")) |\n"
        }
        return out + "\n"
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        JSONValue.milliseconds(microseconds / 1_000 * 1_000).display
    }

    private static func time(_ value: JSONValue?) -> String {
        value?.unsigned.map { Timestamp(microseconds: $0).description } ?? "never"
    }
}
