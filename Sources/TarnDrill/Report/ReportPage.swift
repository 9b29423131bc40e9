internal import TarnCore

/// A report as one self-contained page: nothing is loaded from anywhere, and it prints on paper.
package struct ReportPage: Sendable {
    private static let style = """
        :root{color-scheme:light dark;--ink:#1b2733;--mute:#5b6b7a;--line:#d5dde4;--good:#1d7a4f;--bad:#b3261e;--bar:#2b6cb0;--fault:#f6d9a8}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--mute:#9fb0bf;--line:#33414e;--good:#5cc48f;--bad:#ff8a80;--bar:#6aa9e9;--fault:#4d3d1c}}
        body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);max-width:54rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
        .verdict{font-weight:700;text-transform:uppercase}.passed{color:var(--good)}.failed,.aborted{color:var(--bad)}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
        th{color:var(--mute);font-weight:600}.yes{color:var(--good)}.no{color:var(--bad);font-weight:700}
        svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--ink)}.grid{stroke:var(--line)}.axis,.value{fill:var(--mute)}
        .bar{fill:var(--bar)}.failback,.redundancy_3_of_3,.blobs_complete{opacity:.55}.fault{fill:var(--fault);opacity:.6}circle.good{fill:var(--bar);opacity:.7}circle.bad{fill:var(--bad)}
        code{font-size:.85em}@media print{body{margin:0;max-width:none;color:#000}h2{break-after:avoid}svg,table{break-inside:avoid}:root{--ink:#000;--mute:#444;--line:#bbb;--bar:#2b6cb0;--good:#1d7a4f;--bad:#b3261e;--fault:#f0e0c0}}
        """

    private let report: DrillReport

    package init(_ report: DrillReport) {
        self.report = report
    }

    package var text: String {
        let title = "Drill \(self.report.id)"
        var out = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        out += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        out += "<title>\(SVGText.escaped(title))</title><style>\(Self.style)</style></head><body>"
        out += self.heading()
        out += self.section("Recovery", WaterfallChart(waterfall: self.report.waterfall).svg + self.prediction())
        out += self.section("Latency of every write", self.latency())
        out += self.section("Objectives", self.objectives())
        out += self.section("Data", self.data())
        out += self.section("Clients", self.facts(self.json["client"], Self.clientKeys))
        out += self.section("Merkle roots", self.rows(self.json["roots"], ["dc", "op", "root"]))
        out += self.section(
            "Receipts, checked again",
            self.facts(self.json["receipts"], ["checked", "valid", "signed_by_all"])
        )
        out += self.section(
            "Datacentres",
            self.rows(self.json["topology"], ["dc", "seat", "version", "rtt_ms", "clock_offset_ms"])
        )
        out += self.section("Steps", self.rows(self.json["steps"], ["step", "at_ms", "ms"]))
        out += self.section("Before the drill", self.rows(self.json["preflight"], ["check", "detail"]))
        return out + "</body></html>\n"
    }

    private static let clientKeys = [
        "attempts", "acknowledged", "errors", "failed_attempts", "unknowns_resolved", "unknown", "p50_ms", "p99_ms",
        "max_ms", "longest_gap_ms", "reads", "failed_reads", "stale_reads",
    ]

    private var json: JSONValue { self.report.json }

    private func heading() -> String {
        var out = "<h1>\(SVGText.escaped(self.report.scenario)): \(self.string("title"))</h1>"
        out += "<p><span class=\"verdict \(SVGText.escaped(self.report.verdict))\">"
        out += "\(SVGText.escaped(self.report.verdict))</span> · <code>\(SVGText.escaped(self.report.id))</code> · "
        out += "\(SVGText.escaped(Timestamp(microseconds: self.report.injectedAt).description))</p>"
        out += "<p>\(self.string("hypothesis"))</p>"
        if let reason = self.json["abort_reason"]?.string {
            out += "<p class=\"no\">Ended early: \(SVGText.escaped(reason))</p>"
        }
        for note in self.json["notes"]?.items ?? [] { out += "<p>\(SVGText.escaped(note.string ?? ""))</p>" }
        return out
    }

    private func section(_ title: String, _ content: String) -> String {
        "<h2>\(SVGText.escaped(title))</h2>\(content)"
    }

    private func prediction() -> String {
        guard let total = self.json["predicted"]?["total"], let median = DrillReport.milliseconds(total["p50_ms"])
        else { return "" }
        let isAborted = self.report.verdict == Verdict.Grade.aborted.rawValue
        let measured =
            self.report.recoveryMilliseconds.map { SVGText.duration(Int64($0 * 1_000)) }
            ?? (isAborted ? "nothing" : "never")
        let seeds = self.json["predicted"]?["seeds"]?.display ?? "0"
        return "<p>Measured \(measured); the rehearsal of \(SVGText.escaped(seeds)) seeds predicted "
            + "\(SVGText.duration(Int64(median * 1_000))) at the median, "
            + "\(SVGText.duration(Int64((DrillReport.milliseconds(total["p90_ms"]) ?? 0) * 1_000))) in nine of ten.</p>"
    }

    private func latency() -> String {
        LatencyChart(
            writes: self.report.writes,
            startedAt: DrillReport.moment(self.json["started_at"]) ?? 0,
            injectedAt: self.report.injectedAt,
            healedAt: DrillReport.moment(self.json["healed_at"]),
            endedAt: DrillReport.moment(self.json["ended_at"]) ?? 0
        ).svg
    }

    private func objectives() -> String {
        var out = "<table><tr><th>objective</th><th>wanted</th><th>measured</th><th>met</th></tr>"
        for line in self.json["objectives"]?.items ?? [] {
            let isMet = line["met"]?.boolean == true
            out += "<tr>" + ["objective", "wanted", "measured"].map { Self.cell(line[$0]) }.joined()
            out += "<td class=\"\(isMet ? "yes" : "no")\">\(isMet ? "yes" : "no")</td></tr>"
        }
        return out + "</table>"
    }

    private func data() -> String {
        let keys = ["acknowledged", "acknowledged_bytes", "lost", "lost_bytes", "unacknowledged_in_flight"]
        var out = self.facts(self.json["rpo"], keys)
        if !(self.json["rpo"]?["orphans"]?.items.isEmpty ?? true) {
            out += "<p>Orphans: change sets of the deposed primary that never committed.</p>"
            out += self.rows(self.json["rpo"]?["orphans"], ["hash", "dc", "request"])
        }
        if let statement = self.json["loss_statement"], statement["datacenter"] != nil {
            out += "<p>Had the absent datacentres been lost for good:</p>"
            out += self.facts(
                statement,
                ["datacenter", "holds_through_op", "change_sets", "bytes", "acknowledged_beyond"]
            )
        }
        return out
    }

    private func facts(_ value: JSONValue?, _ keys: [String]) -> String {
        "<table>"
            + keys.map { key in
                "<tr><th>\(key.split(separator: "_").joined(separator: " "))</th>\(Self.cell(value?[key]))</tr>"
            }.joined() + "</table>"
    }

    private func rows(_ value: JSONValue?, _ keys: [String]) -> String {
        let head = keys.map { "<th>\($0.split(separator: "_").joined(separator: " "))</th>" }.joined()
        let body = (value?.items ?? []).map { item in
            "<tr>\(keys.map { Self.cell(item[$0]) }.joined())</tr>"
        }
        return "<table><tr>\(head)</tr>\(body.joined())</table>"
    }

    private func string(_ key: String) -> String { SVGText.escaped(self.json[key]?.string ?? "") }

    private static func cell(_ value: JSONValue?) -> String {
        "<td>\(SVGText.escaped(value?.display ?? ""))</td>"
    }
}
