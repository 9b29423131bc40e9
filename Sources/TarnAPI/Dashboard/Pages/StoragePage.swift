internal import Hummingbird
internal import TarnCatalog
internal import TarnCore
internal import TarnNode

/// What the namespace holds by kind, and what it takes on this node's disk.
struct StoragePage: Sendable {
    let visit: DashboardVisit

    func response() async throws -> Response {
        try self.visit.checkMayReadAll()
        let figures = self.visit.node.storage
        var page = self.visit.page("Storage", .storage)
        page.body.element("ul", [("class", "cards")]) { html in
            let stored = figures.streams.reduce(0) { $0 + $1.bytesCount }
            let ratio = stored == 0 ? 0 : Double(figures.rawBytesCount) / Double(stored)
            for (title, figure) in [
                ("On disk", DashboardFormat.bytes(stored)),
                ("Distinct content", DashboardFormat.bytes(figures.rawBytesCount)),
                ("Compression", ratio == 0 ? "–" : "\((ratio * 10).rounded() / 10) : 1"),
                ("Blobs", DashboardFormat.count(figures.blobCount)),
                ("Free", DashboardFormat.bytes(figures.freeBytesCount)),
                ("Damaged blobs", DashboardFormat.count(figures.suspectCount)),
            ] {
                html.element("li", [("class", "card")]) { html in
                    html.element("h2", title)
                    html.element("p", [("class", "figure")], figure)
                }
            }
        }
        page.body.element("h2", "By kind")
        await self.writeKinds(to: &page.body)
        page.body.element("h2", "Segments of \(self.visit.node.datacenter)")
        PagePart.writeTable("Segments", [("Stream", false), ("Files", true), ("Bytes", true)], to: &page.body) { html in
            for stream in figures.streams {
                html.element("tr") { html in
                    html.element("th", [("scope", "row")], stream.name)
                    PagePart.writeNumber(DashboardFormat.count(stream.segmentCount), to: &html)
                    PagePart.writeNumber(DashboardFormat.bytes(stream.bytesCount), to: &html)
                }
            }
        }
        return page.response
    }

    private func writeKinds(to html: inout HTML) async {
        do {
            let totals = try await self.visit.node.catalog.kindTotals()
            if totals.isEmpty { return PagePart.writeEmpty("Nothing is stored.", to: &html) }
            PagePart.writeTable("Kinds", [("Kind", false), ("Paths", true), ("Bytes", true)], to: &html) { html in
                for total in totals {
                    html.element("tr") { html in
                        html.element("th", [("scope", "row")], total.kind)
                        PagePart.writeNumber(DashboardFormat.count(total.pathsCount), to: &html)
                        PagePart.writeNumber(DashboardFormat.bytes(total.bytesCount), to: &html)
                    }
                }
            }
        } catch {
            html.element("p", [("class", "note problem"), ("role", "alert")], Problem(error).message)
        }
    }
}
