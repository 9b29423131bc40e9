internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// What is at a path: a directory page by page, or a file with its content and its history.
struct BrowsePage: Sendable {
    let visit: DashboardVisit

    func response() async throws -> Response {
        let path = try self.visit.request.path()
        guard self.visit.mayList(path) else { throw Problem(.permissionDenied, "this token may not read \(path)") }
        let snapshot = try await self.visit.node.snapshot(at: self.visit.request.query.selector("at"))
        let entry = snapshot.tree[path]
        guard entry != nil || path == .root else {
            throw Problem(.notFound, "there is nothing at \(path) at op \(snapshot.op)")
        }
        var page = self.visit.page(path == .root ? "Everything" : path.name, .browse)
        PagePart.writeCrumbs(path, to: &page.body)
        if let entry, !entry.isDirectory {
            try self.visit.checkMayRead(path)
            try await FilePart(visit: self.visit, path: path, entry: entry, snapshot: snapshot).write(to: &page.body)
        } else {
            try self.writeDirectory(path, in: snapshot, to: &page.body)
        }
        return page.response
    }

    private func writeDirectory(_ path: NamespacePath, in snapshot: Snapshot, to html: inout HTML) throws {
        let after = self.visit.request.query["after"]
        let max = Limits.dashboardRowsMax
        var children = self.children(of: path, after: after, limit: max + 1, in: snapshot)
        let next = children.count > max ? children[max - 1].0.name : nil
        children = children.prefix(max).filter { self.visit.mayList($0.0) }
        guard !children.isEmpty else {
            return PagePart.writeEmpty(after == nil ? "This directory is empty." : "Nothing follows.", to: &html)
        }
        let columns = [("Name", false), ("Kind", false), ("Size", true), ("Changed", false)]
        PagePart.writeTable("Directory", columns, to: &html) { html in
            for (child, entry) in children {
                html.element("tr") { html in
                    html.element("td", [("class", "path")]) { html in
                        let target = DashboardFormat.link("/ui/browse", child)
                        html.link(target, entry.isDirectory ? "\(child.name)/" : child.name)
                    }
                    html.element("td", Self.kind(of: entry))
                    PagePart.writeNumber(entry.isDirectory ? "" : DashboardFormat.bytes(entry.size), to: &html)
                    html.element(
                        "td",
                        entry.attributes.modifiedAtNanoseconds.map { DashboardFormat.time($0 / 1_000) } ?? ""
                    )
                }
            }
        }
        guard let next else { return }
        html.element("p") { html in
            html.link(DashboardFormat.link("/ui/browse", path, "?after=\(DashboardFormat.encoded(next))"), "More")
        }
    }

    /// A page of what is in a directory. Above the paths that the visitor's token is limited to, that is the way there and
    /// nothing else: the others could take all rows of a page, and where it ends would name one of them.
    private func children(
        of path: NamespacePath,
        after: String?,
        limit: Int,
        in snapshot: Snapshot
    ) -> [(NamespacePath, Entry)] {
        let ends = self.visit.principal.paths
        guard !ends.isEmpty, !ends.contains(where: { $0 == path || $0.isAncestor(of: path) }) else {
            return snapshot.tree.children(of: path, after: after, limit: limit)
        }
        let start = path.descendantPrefix.count
        let steps = ends.filter { path.isAncestor(of: $0) }.map { end in
            NamespacePath(unchecked: Array(end.utf8[..<start] + end.utf8[start...].prefix { $0 != 0x2f }))
        }
        return Set(steps).sorted().compactMap { step in snapshot.tree[step].map { (step, $0) } }
    }

    static func kind(of entry: Entry) -> String {
        if entry.isDirectory { return "directory" }
        guard entry.attributes.isNotebook else { return "file" }
        return "notebook, \(entry.attributes[Attributes.Key.language] ?? "?")"
    }
}
