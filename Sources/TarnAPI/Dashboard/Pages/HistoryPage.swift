internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// The ops that touched a path, newest first, and the versions to compare.
struct HistoryPage: Sendable {
    private static let versionsMax = 100
    private static let opsMax = 1_000

    let visit: DashboardVisit

    func response() async throws -> Response {
        let path = try self.visit.request.path()
        try self.visit.checkMayRead(path)
        let head = self.visit.node.head
        let history = try await PathLog(node: self.visit.node, path: path)
            .page(after: .genesis, upTo: head.op, limit: Self.opsMax)
        let versions = Array(history.headers.suffix(Self.versionsMax))
        var page = self.visit.page("History of \(path.name)", .browse)
        PagePart.writeCrumbs(path, to: &page.body)
        guard !versions.isEmpty else {
            PagePart.writeEmpty("No op has touched this path.", to: &page.body)
            return page.response
        }
        let columns = [("Op", true), ("Time", false), ("Author", false), ("Path then", false), ("Compare", false)]
        PagePart.writeTable("History", columns, to: &page.body) { html in
            for (index, version) in versions.enumerated().reversed() {
                let then = version.path ?? path
                html.element("tr") { html in
                    html.element("td", [("class", "number")]) { html in
                        let target = DashboardFormat.link("/ui/browse", then, "?at=\(version.header.op)")
                        html.link(target, version.header.op.description)
                    }
                    html.element("td", DashboardFormat.time(version.header.timestampMicroseconds))
                    html.element("td", version.header.author)
                    html.element("td", [("class", "path")], then.string)
                    html.element("td") { html in
                        guard index > 0 else { return html.text("first version") }
                        let older = versions[index - 1].header.op
                        let query = "?from=\(older)&to=\(version.header.op)"
                        html.link(DashboardFormat.link("/ui/diff", then, query), "with op \(older)")
                    }
                }
            }
        }
        if history.headers.count > versions.count || history.next != nil || history.scannedFrom != nil {
            page.body.element("p", [("class", "soft")], "There is more: tarn log '\(path.string)' shows all of it.")
        }
        return page.response
    }
}
