internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode
internal import TarnNotebook

/// A file on its page: what it is, where to go from here, and its content as a reader sees it.
struct FilePart: Sendable {
    let visit: DashboardVisit
    let path: NamespacePath
    let entry: Entry
    let snapshot: Snapshot

    func write(to html: inout HTML) async throws {
        let at = self.visit.request.query["at"].map { "?at=\(DashboardFormat.encoded($0))" } ?? ""
        html.element("ul", [("class", "actions")]) { html in
            for (route, title) in [
                ("/ui/history" as StaticString, "History"), ("/ui/proof", "Proof"), ("/ui/raw", "Download"),
            ] {
                html.element("li") { $0.link(DashboardFormat.link(route, self.path, at), title) }
            }
        }
        if self.snapshot.op != self.visit.node.head.op {
            html.element("p", [("class", "note")], "This is the state at op \(self.snapshot.op), not the newest one.")
        }
        html.element("p", [("class", "soft")]) { html in
            html.text("\(BrowsePage.kind(of: self.entry)) · \(DashboardFormat.bytes(self.entry.size)) · SHA-256 ")
            html.element("span", [("class", "hash")], self.entry.content.hex)
        }
        let bytes: [UInt8]?
        do {
            bytes = try await PagePart.content(of: self.entry, at: self.visit.node)
        } catch {
            let problem = Problem(error)
            return html.element("p", [("class", "note problem"), ("role", "alert")], problem.message)
        }
        guard let bytes else {
            return PagePart.writeEmpty("This file is too large to be shown here; download it.", to: &html)
        }
        if self.entry.attributes.isNotebook, let notebook = try? Notebook.read(bytes, path: self.path.string) {
            if notebook.cells.isEmpty { return PagePart.writeEmpty("This notebook has no cells.", to: &html) }
            return html.include(notebook)
        }
        guard let text = PagePart.text(of: bytes) else {
            return PagePart.writeEmpty("This file is no text; download it.", to: &html)
        }
        html.element("pre", [("tabindex", "0")]) { $0.element("code", text) }
    }
}
