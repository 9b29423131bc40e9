internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// Drills: the reports that `tarn drill` brought into the log, and one of them with its waterfall.
struct DrillsPage: Sendable {
    /// Reports that the list reads; older ones are named only.
    private static let reportsMax = 8
    private static let namesMax = 200

    let visit: DashboardVisit

    /// All drills, newest first.
    func list() async throws -> Response {
        let directory = try NamespacePath("/meta/drill")
        try self.visit.checkMayRead(directory)
        let tree = try await self.visit.node.snapshot(at: nil).tree
        let names = tree.children(of: directory, limit: Limits.listPageCountMax).map(\.0).filter {
            $0.name.hasSuffix(".json")
        }
        var page = self.visit.page("Drills", .drills)
        if names.isEmpty {
            PagePart.writeEmpty("No drill was ever run. `tarn drill list` shows what can be tried.", to: &page.body)
            return page.response
        }
        var rows: [(path: NamespacePath, report: JSONValue?)] = []
        for path in names.reversed().prefix(Self.namesMax) {
            let isRead = rows.count < Self.reportsMax
            rows.append((path, isRead ? try await self.report(path, in: tree) : nil))
        }
        let columns = [
            ("Drill", false), ("Scenario", false), ("Verdict", false), ("RTO", true), ("Lost", true),
            ("Acknowledged", true),
        ]
        PagePart.writeTable("Drills, newest first", columns, to: &page.body) { html in
            for row in rows { Self.write(row.path, row.report, to: &html) }
        }
        return page.response
    }

    /// One drill.
    func one() async throws -> Response {
        let name = try self.visit.request.parameter()
        let path = try NamespacePath("/meta/drill/\(name).json")
        try self.visit.checkMayRead(path)
        let tree = try await self.visit.node.snapshot(at: nil).tree
        guard let report = try await self.report(path, in: tree) else {
            throw Problem(.notFound, "there is no drill '\(name)', or its report is too large to be shown here")
        }
        var page = self.visit.page("\(report["scenario"]?.string ?? "") \(report["title"]?.string ?? name)", .drills)
        page.body.element("p") { html in
            Self.writeVerdict(report["verdict"]?.string ?? "", to: &html)
            html.text(" · \(report["hypothesis"]?.string ?? "")")
        }
        let phases = report["rto"]?["phases"]?.items ?? []
        if !phases.isEmpty {
            page.body.element("h2", "Recovery")
            page.body.element("div", [("class", "card")]) { DrillWaterfall(phases: phases).write(to: &$0) }
        }
        Self.writeObjectives(report["objectives"]?.items ?? [], to: &page.body)
        Self.writeFigures("Clients", report["client"], to: &page.body)
        Self.writeFigures("Data", report["rpo"], to: &page.body)
        Self.writeFigures("Receipts, checked again", report["receipts"], to: &page.body)
        page.body.element("p") { $0.link(DashboardFormat.link("/ui/proof", path), "Proof of this report") }
        return page.response
    }

    /// Nil where nothing stands, or something too large.
    private func report(_ path: NamespacePath, in tree: MerkleTree<SHA256>) async throws -> JSONValue? {
        guard let entry = tree[path], let bytes = try await PagePart.content(of: entry, at: self.visit.node) else {
            return nil
        }
        return try? JSONValue(parsing: bytes)
    }

    private static func write(_ path: NamespacePath, _ report: JSONValue?, to html: inout HTML) {
        let id = String(path.name.dropLast(5))
        html.element("tr") { html in
            html.element("td") { $0.link("/ui/drills/\(DashboardFormat.encoded(id))", id) }
            html.element("td", report?["scenario"]?.string ?? "")
            html.element("td") { Self.writeVerdict(report?["verdict"]?.string ?? "", to: &$0) }
            let total = report?["rto"]?["total_ms"]?.double
            PagePart.writeNumber(total.map { DashboardFormat.milliseconds($0) } ?? "", to: &html)
            PagePart.writeNumber(report?["rpo"]?["lost"]?.display ?? "", to: &html)
            PagePart.writeNumber(report?["rpo"]?["acknowledged"]?.display ?? "", to: &html)
        }
    }

    private static func writeVerdict(_ verdict: String, to html: inout HTML) {
        let style = verdict == "passed" ? "state good" : verdict == "running" ? "state" : "state bad"
        html.element("span", [("class", style)], verdict)
    }

    private static func writeObjectives(_ lines: [JSONValue], to html: inout HTML) {
        guard !lines.isEmpty else { return }
        html.element("h2", "Objectives")
        let columns = [("Objective", false), ("Wanted", false), ("Measured", false), ("Met", false)]
        PagePart.writeTable("Objectives", columns, to: &html) { html in
            for line in lines {
                let isMet = line["met"]?.boolean == true
                html.element("tr") { html in
                    for key in ["objective", "wanted", "measured"] { html.element("td", line[key]?.display ?? "") }
                    html.element("td", [("class", isMet ? "state good" : "state bad")], isMet ? "yes" : "no")
                }
            }
        }
    }

    /// The plain figures of an object; lists are in the report itself.
    private static func writeFigures(_ title: String, _ value: JSONValue?, to html: inout HTML) {
        guard case .object(let members) = value else { return }
        html.element("h2", title)
        PagePart.writeTable(title, [("Figure", false), ("Value", true)], to: &html) { html in
            for (key, value) in members.sorted(by: { $0.key < $1.key }) where value.items.isEmpty {
                html.element("tr") { html in
                    html.element("td", key.split(separator: "_").joined(separator: " "))
                    PagePart.writeNumber(value.display, to: &html)
                }
            }
        }
    }
}
