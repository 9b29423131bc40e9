internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// The cluster: its datacentres, what each holds, and what the loss of each would mean.
struct OverviewPage: Sendable {
    let visit: DashboardVisit

    func response() async throws -> Response {
        try self.visit.checkMayReadAll()
        let status = await self.visit.node.status()
        let head = self.visit.node.head
        var page = self.visit.page("Cluster \(status.cluster)", .overview)
        HealthPage.write(HealthFinding.all(in: status), to: &page.body)
        page.body.element("h2", "Datacentres")
        Self.writeTable(status, to: &page.body)
        page.body.element("p", [("class", "soft")]) { html in
            html.text("As \(self.visit.node.datacenter) sees it. Figures are ")
            html.element("span", [("id", "live"), ("role", "status")], "of now")
            html.text(".")
        }
        page.body.element("h2", "State")
        page.body.element("ul", [("class", "cards")]) { html in
            Self.card("Committed op", DashboardFormat.count(head.op.number), id: "head-op", to: &html)
            html.element("li", [("class", "card")]) { html in
                html.element("h3", "Merkle root")
                html.element("p", [("class", "hash"), ("id", "head-root")], head.root.hex)
            }
            html.element("li", [("class", "card")]) { html in
                html.element("h3", "Loss of one datacentre")
                html.element(
                    "p",
                    status.isMirrored
                        ? "No acknowledged change is lost (RPO 0): each is durable in two datacentres before its receipt."
                        : "Everything is lost: this cluster has one datacentre, and nothing is mirrored."
                )
            }
        }
        return page.response
    }

    private static func card(_ title: String, _ figure: String, id: String, to html: inout HTML) {
        html.element("li", [("class", "card")]) { html in
            html.element("h3", title)
            html.element("p", [("class", "figure"), ("id", id)], figure)
        }
    }

    private static func writeTable(_ status: ClusterStatus, to html: inout HTML) {
        html.element(
            "div",
            [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Datacentres")]
        ) {
            $0.element("table", [("data-live", "")]) { html in
                html.element("thead") { html in
                    html.element("tr") { html in
                        for name in ["Datacentre", "Role", "State"] { html.element("th", [("scope", "col")], name) }
                        for name in ["View", "Op", "Whole to", "Lag", "Missing", "Round trip", "RTO", "RPO"] {
                            html.element("th", [("scope", "col"), ("class", "number")], name)
                        }
                        html.element("th", [("scope", "col")], "If it is lost now")
                    }
                }
                html.element("tbody") { html in
                    for row in status.datacenters { self.write(row, in: status, to: &html) }
                }
            }
        }
    }

    private static func write(
        _ row: ClusterStatus.Datacenter,
        in status: ClusterStatus,
        to html: inout HTML
    ) {
        let figures = LiveFigures.figures(of: row)
        let name = row.datacenter.name
        html.element("tr") { html in
            html.element("th", [("scope", "row")], name)
            html.element("td", [("id", "\(name)-role")], row.role.rawValue)
            let isGood = figures["\(name)-state"] == "ok"
            html.element(
                "td",
                [("id", "\(name)-state"), ("class", isGood ? "state good" : "state bad")],
                figures["\(name)-state"] ?? ""
            )
            for column in ["view", "op", "whole", "lag", "missing", "rtt", "rto", "rpo"] {
                let id = "\(name)-\(column)"
                html.element("td", [("class", "number"), ("id", id)], figures[id] ?? "")
            }
            html.element("td", [("id", "\(name)-loss")], self.loss(of: row, in: status))
        }
    }

    /// What the loss of one datacentre would mean, given who is reachable now.
    static func loss(of row: ClusterStatus.Datacenter, in status: ClusterStatus) -> String {
        guard status.isMirrored else { return "everything is lost" }
        let others = status.datacenters.filter {
            $0.datacenter != row.datacenter && $0.isReachable && $0.trouble == nil
        }
        guard others.count == 2 else { return "writes stop; reads go on" }
        guard row.datacenter == status.primary else { return "writes go on" }
        let behind = others.map(\.lagOps).min() ?? 0
        return behind == 0
            ? "writes pause until another one leads"
            : "writes pause until \(DashboardFormat.count(behind)) ops are caught up"
    }
}
