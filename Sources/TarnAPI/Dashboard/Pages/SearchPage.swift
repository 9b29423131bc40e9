internal import Hummingbird
internal import TarnCatalog
internal import TarnCore
internal import TarnNode

/// Full-text search over notebooks and text files.
struct SearchPage: Sendable {
    private static let hitsMax = 50

    let visit: DashboardVisit

    func response() async throws -> Response {
        try self.visit.checkMayReadAll()
        let words = self.visit.request.query["q"] ?? ""
        var page = self.visit.page("Search", .search)
        page.body.element("form", [("class", "inline"), ("action", "/ui/search"), ("role", "search")]) { html in
            html.element("p") { html in
                html.element("label", [("for", "q")], "Words in notebooks and text files")
                html.void("input", [("type", "search"), ("id", "q"), ("name", "q"), ("value", words)])
            }
            html.element("button", [("class", "main")], "Search")
        }
        guard !words.allSatisfy(\.isWhitespace) else { return page.response }
        do {
            let result = try await self.visit.node.catalog.search(words, limit: Self.hitsMax)
            self.write(result, to: &page.body)
        } catch {
            page.body.element("p", [("class", "note problem"), ("role", "alert")], Problem(error).message)
        }
        return page.response
    }

    private func write(_ result: SearchResult, to html: inout HTML) {
        let hits = result.hits.filter { Access.isVisible($0.path, to: self.visit.principal) }
        html.element(
            "p",
            [("class", "soft"), ("role", "status")],
            "\(hits.count) found; the index holds text up to op \(result.throughOp?.description ?? "–")."
        )
        if hits.isEmpty {
            PagePart.writeEmpty("Nothing holds all of these words. Fewer words find more.", to: &html)
        }
        for hit in hits {
            html.element("section", [("class", "cell")]) { html in
                html.element("p", [("class", "title")]) { html in
                    html.link(DashboardFormat.link("/ui/browse", hit.path), hit.path.string)
                }
                if let snippet = hit.snippet { html.element("pre") { $0.element("code", snippet) } }
            }
        }
    }
}
