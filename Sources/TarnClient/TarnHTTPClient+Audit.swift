package import TarnCore

extension TarnHTTPClient {
    private static let auditPageCount = 1_000

    /// Records of the audit log, newest first: at most `limit`, not older than `since`, and by `author`.
    package func auditRecords(since: Timestamp?, author: String?, limit: Int) async throws -> [JSONValue] {
        var records: [JSONValue] = []
        var before: String?
        while records.count < limit {
            let page = try await self.document(
                "/v1/audit",
                query: [
                    ("limit", String(min(Self.auditPageCount, limit - records.count))),
                    ("since", since?.description), ("author", author), ("before", before),
                ]
            )
            records += page["records"]?.items ?? []
            guard let next = page["next"]?.unsigned else { break }
            before = String(next)
        }
        return records
    }
}
