internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// The proof that a path has its content, or that nothing is there, and how to check it without this node.
struct ProofPage: Sendable {
    let visit: DashboardVisit

    func response() async throws -> Response {
        let path = try self.visit.request.path()
        try self.visit.checkMayRead(path)
        guard path != .root else { throw Problem(.invalidRequest, "the root directory has no entry to prove") }
        let snapshot = try await self.visit.node.snapshot(at: self.visit.request.query.selector("at"))
        let proof = snapshot.tree.proof(for: path)
        // The refusal of a neighbour must not name it.
        for shown in proof.entries where (try? self.visit.checkMayRead(shown.path)) == nil {
            throw Problem(.permissionDenied, "the proof for \(path) shows a neighbour that this token may not read")
        }
        var page = self.visit.page("Proof of \(path.name)", .browse)
        PagePart.writeCrumbs(path, to: &page.body)
        let entry = snapshot.tree[path]
        page.body.element("p", [("class", "note")]) { html in
            html.text(
                entry == nil
                    ? "Nothing stands at this path in the state with the root below."
                    : "This path stands, with this content, in the state with the root below."
            )
        }
        let steps = proof.left.count + proof.right.count + proof.shared.count
        PagePart.writeTable("Proof", [("What", false), ("Value", false)], to: &page.body) { html in
            for (name, value) in [
                ("Op", DashboardFormat.count(snapshot.op.number)), ("Root", snapshot.root.hex),
                ("Entry hash", entry?.hash(SHA256.self).hex ?? "–"), ("Content", entry?.content.hex ?? "–"),
                ("Size of the proof", "\(proof.hashBytesCount) bytes of hashes in \(steps) steps"),
            ] {
                html.element("tr") { html in
                    html.element("th", [("scope", "row")], name)
                    html.element("td", [("class", "hash")], value)
                }
            }
        }
        page.body.element("h2", "Check it yourself")
        page.body.element("pre", [("tabindex", "0")]) { html in
            html.element(
                "code",
                "tarn prove '\(path.string)' > proof.json\ntarn verify --proof proof.json --root \(snapshot.root.hex)"
            )
        }
        return page.response
    }
}
