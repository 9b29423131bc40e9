internal import Hummingbird
internal import TarnNode

/// What is wrong, why, and the command that looks into it.
struct HealthPage: Sendable {
    let visit: DashboardVisit

    func response() async throws -> Response {
        try self.visit.checkMayReadAll()
        let findings = HealthFinding.all(in: await self.visit.node.status())
        var page = self.visit.page("Health", .health)
        Self.write(findings, to: &page.body)
        return page.response
    }

    static func write(_ findings: [HealthFinding], to html: inout HTML) {
        guard !findings.isEmpty else {
            return html.element("p", [("class", "note")]) { html in
                html.element("span", [("class", "state good")], "All is well.")
                html.text(" Every datacentre is reachable, in step, and serves.")
            }
        }
        html.element("ul", [("class", "cards")]) { html in
            for finding in findings {
                html.element("li", [("class", "card problem")]) { html in
                    html.element("h2", finding.title)
                    html.element("p", [("class", "state bad")], finding.severity.rawValue)
                    html.element("p", finding.reason)
                    html.element("p") { $0.element("code", finding.command) }
                    html.element("p", [("class", "soft")], "Runbook: ops/runbooks/\(finding.runbook).md")
                }
            }
        }
    }
}
