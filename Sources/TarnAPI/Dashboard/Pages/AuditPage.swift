internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// The audit log: who did what, from where, newest first.
struct AuditPage: Sendable {
    private static let linesPerPage = 50

    let visit: DashboardVisit

    func response() async throws -> Response {
        try self.visit.checkMayReadAll(.admin)
        let query = self.visit.request.query
        let head = self.visit.node.head.op
        let author = query["author"].flatMap { $0.isEmpty ? nil : $0 }
        let log = try await AuditLog(node: self.visit.node).page(
            before: min(try query.op("before", default: head.next), head.next),
            since: 0,
            author: author,
            limit: Self.linesPerPage
        )
        var page = self.visit.page("Audit log", .audit)
        page.body.element("form", [("class", "inline"), ("action", "/ui/audit")]) { html in
            html.element("p") { html in
                html.element("label", [("for", "author")], "Author")
                html.void("input", [("id", "author"), ("name", "author"), ("value", author ?? "")])
            }
            html.element("button", "Show")
        }
        if log.lines.isEmpty { PagePart.writeEmpty("Nothing is recorded here.", to: &page.body) }
        let columns = [
            ("Op", true), ("Time", false), ("Author", false), ("Source", false), ("Action", false), ("What", false),
        ]
        PagePart.writeTable("Audit log", columns, to: &page.body) { html in
            for line in log.lines { Self.write(line, to: &html) }
        }
        if let next = log.next {
            let query = author.map { "&author=\(DashboardFormat.encoded($0))" } ?? ""
            page.body.element("p") { $0.link("/ui/audit?before=\(next)\(query)", "Older") }
        }
        return page.response
    }

    private static func write(_ line: AuditLog.Line, to html: inout HTML) {
        html.element("tr") { html in
            html.element("td", [("class", "number")]) { html in
                html.link("/ui/log/\(line.header.op)", line.header.op.description)
            }
            html.element("td", DashboardFormat.time(line.header.timestampMicroseconds))
            html.element("td", line.author)
            html.element("td", line.source)
            html.element("td", line.action)
            html.element("td", [("class", "path")], self.what(line))
        }
    }

    private static func what(_ line: AuditLog.Line) -> String {
        if let first = line.paths.first {
            return line.changesCount > 1 ? "\(first) and \(line.changesCount - 1) more" : first.string
        }
        return line.detail.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }
}
