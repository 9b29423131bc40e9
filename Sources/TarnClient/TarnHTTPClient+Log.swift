package import TarnCore

extension TarnHTTPClient {
    /// The newest ops, at most `limit`, newest first; with `path`, only those that touched it.
    package func newestOps(limit: Int, path: NamespacePath?) async throws -> [JSONValue] {
        var after: UInt64 = 0
        if path == nil {
            // Ops are dense, so that the last ones are found by counting back from the head.
            let head = try await self.get("/v1/namespace", .root, query: [("limit", "0")]).op?.number ?? 0
            after = head - min(head, UInt64(limit))
        }
        var found: [JSONValue] = []
        while true {
            let page = try await self.ops(after: Op(after), path: path, waitMilliseconds: nil)
            found = (found + page.entries).suffix(limit)
            guard let next = page.next, next > after else { return found.reversed() }
            after = next
        }
    }

    /// Ops behind `after`, ascending, and where the next page begins; with `waitMilliseconds`, waits that long for the
    /// first of them.
    package func ops(
        after: Op,
        path: NamespacePath?,
        waitMilliseconds: Int?
    ) async throws -> (entries: [JSONValue], next: UInt64?, head: Op?) {
        let answer = try await self.get(
            "/v1/changes",
            query: [
                ("after", after.description), ("path", path?.string), ("limit", String(Limits.listPageCountDefault)),
                ("wait", waitMilliseconds.map { String($0) }),
            ]
        )
        let document = try Self.parse(answer.body, of: "/v1/changes")
        return (document["entries"]?.items ?? [], document["next"]?.unsigned, answer.op)
    }
}
