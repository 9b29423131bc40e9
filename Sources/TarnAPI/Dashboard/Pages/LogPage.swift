internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// The log, newest first, and the changes of one op.
struct LogPage: Sendable {
    private static let opsPerPage = 50

    let visit: DashboardVisit

    func list() async throws -> Response {
        try self.visit.checkMayReadAll()
        let head = self.visit.node.head.op
        let newest = min(try self.visit.request.query.op("before", default: head.next), head.next)
        let start = newest.number > UInt64(Self.opsPerPage) ? newest.number - UInt64(Self.opsPerPage) : 0
        let after = Op(max(1, start) - 1)
        let headers = try await self.visit.node.log(after: after, limit: Self.opsPerPage).filter { $0.op < newest }
        var page = self.visit.page("History", .history)
        if headers.isEmpty { PagePart.writeEmpty("Nothing has been changed yet.", to: &page.body) }
        let columns = [
            ("Op", true), ("Time", false), ("Author", false), ("Kind", false), ("Blobs", true), ("Bytes", true),
            ("Root", false),
        ]
        PagePart.writeTable("Log", columns, to: &page.body) { html in
            for header in headers.reversed() {
                html.element("tr") { html in
                    html.element("td", [("class", "number")]) { $0.link("/ui/log/\(header.op)", header.op.description) }
                    html.element("td", DashboardFormat.time(header.timestampMicroseconds))
                    html.element("td", header.author)
                    html.element("td", header.kind == .changeSet ? "changes" : String(describing: header.kind))
                    PagePart.writeNumber(DashboardFormat.count(header.closureCount), to: &html)
                    PagePart.writeNumber(DashboardFormat.bytes(header.closureBytesCount), to: &html)
                    html.element("td", [("class", "hash")], DashboardFormat.short(header.root))
                }
            }
        }
        if let oldest = headers.first?.op, oldest.number > 1 {
            page.body.element("p") { $0.link("/ui/log?before=\(oldest)", "Older") }
        }
        return page.response
    }

    func one() async throws -> Response {
        try self.visit.checkMayReadAll()
        guard let number = UInt64(try self.visit.request.parameter()), let previous = Op(number).previous else {
            throw Problem(.notFound, "there is no such op with changes")
        }
        let set = try await self.visit.node.changeSet(at: Op(number))
        let header = try await self.visit.node.log(after: previous, limit: 1).first
        var page = self.visit.page("Op \(number)", .history)
        if let header {
            page.body.element("p", [("class", "soft")]) { html in
                html.text("\(DashboardFormat.time(header.timestampMicroseconds)) by \(header.author) · root ")
                html.element("span", [("class", "hash")], header.root.hex)
            }
        }
        let visible = zip(set.indices, set).filter { Access.isVisible($0.1, to: self.visit.principal) }
        if visible.isEmpty { PagePart.writeEmpty("This op changes nothing that this token may see.", to: &page.body) }
        try PagePart.writeTable("Changes", [("What", false), ("Path", false), ("Size", true)], to: &page.body) { html in
            for (index, _) in visible.prefix(Limits.dashboardRowsMax) {
                self.write(try set.change(at: index), at: number, to: &html)
            }
        }
        if visible.count > Limits.dashboardRowsMax {
            let count = DashboardFormat.count(visible.count - Limits.dashboardRowsMax)
            page.body.element("p", [("class", "soft")], "… and \(count) more changes")
        }
        return page.response
    }

    private func write(_ change: Change, at op: UInt64, to html: inout HTML) {
        html.element("tr") { html in
            switch change.action {
            case .put(let entry):
                html.element("td", entry.isDirectory ? "directory" : "put")
                html.element("td", [("class", "path")]) { html in
                    html.link(DashboardFormat.link("/ui/browse", change.path, "?at=\(op)"), change.path.string)
                }
                PagePart.writeNumber(entry.isDirectory ? "" : DashboardFormat.bytes(entry.size), to: &html)
            case .delete(let recursive):
                html.element("td", recursive ? "delete with all below" : "delete")
                html.element("td", [("class", "path")], change.path.string)
                html.element("td", "")
            case .move(let target):
                html.element("td", "move")
                html.element("td", [("class", "path")], "\(change.path) → \(target)")
                html.element("td", "")
            }
        }
    }
}
