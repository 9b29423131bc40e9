internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// `GET /v1/namespace/<path>`: the entry at a path and a page of what is below it.
struct NamespaceResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/namespace/**", .path(.read)) { request in
            let path = try request.path()
            let snapshot = try await self.node.snapshot(at: request.query.selector("at"))
            let entry = snapshot.tree[path]
            guard entry != nil || path == .root else {
                throw Problem(.notFound, "there is nothing at \(path) at op \(snapshot.op)")
            }
            let page = try Page(of: path, entry: entry, in: snapshot, for: request)
            return Response(json: Self.json(path, entry, page)).stamped(snapshot)
        }
    }

    /// The entries of one answer and where the next page begins.
    private struct Page {
        var entries: [(NamespacePath, Entry)] = []
        var next: String?

        init(of path: NamespacePath, entry: Entry?, in snapshot: Snapshot, for request: APIRequest) throws {
            if entry?.isDirectory == false { return }
            let limit = try request.query.integer(
                "limit",
                in: 0...Limits.listPageCountMax,
                default: Limits.listPageCountDefault
            )
            guard limit > 0 else { return }
            if try request.query.flag("recursive") {
                let after = try request.query.path("after")
                self.entries = snapshot.tree.descendants(of: path, after: after, limit: limit + 1)
            } else {
                self.entries = snapshot.tree.children(
                    of: path,
                    after: Self.name(request.query["after"]),
                    limit: limit + 1
                )
            }
            if self.entries.count > limit {
                self.entries.removeLast()
                self.next = self.entries.last.map { Access.place(behind: $0.0, for: request.principal) }
            }
            if request.principal?.scope != .admin {
                self.entries.removeAll { !Access.isVisible($0.0, to: request.principal) }
            }
        }

        /// `after` is the path of the last entry seen, as `next` gives it, or its name alone.
        private static func name(_ after: String?) -> String? {
            guard let after, !after.isEmpty else { return nil }
            guard let slash = after.utf8.lastIndex(of: 0x2f) else { return after }
            return String(after[after.utf8.index(after: slash)...])
        }
    }

    private static func json(_ path: NamespacePath, _ entry: Entry?, _ page: Page) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 320 + page.entries.count * 320)
        writer.beginObject()
        writer.key("path")
        writer.string(path.string)
        writer.members(of: entry ?? .directory())
        writer.key("entry_hash")
        writer.stringOrNull(entry?.hash(SHA256.self).hex)
        writer.key("children")
        writer.beginArray()
        for (path, entry) in page.entries {
            writer.beginObject()
            writer.key("path")
            writer.string(path.string)
            writer.members(of: entry)
            writer.endObject()
        }
        writer.endArray()
        writer.key("next")
        writer.stringOrNull(page.next)
        writer.endObject()
        return writer
    }
}
