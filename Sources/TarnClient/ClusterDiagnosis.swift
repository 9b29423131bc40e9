package import TarnCore

/// What the nodes of a cluster say about themselves: the part of a defect's report that is the same every time.
///
/// Every answer is kept as it came, errors too, and without secrets. Nothing that it asks for names a content; paths
/// occur in the log's figures only as counts.
package struct ClusterDiagnosis: Sendable {
    private static let logCount = 20
    private static let deadlineMilliseconds = 10_000
    private static let queries = [
        "entries": "SELECT kind, count(*) AS n, sum(size) AS bytes FROM entries GROUP BY kind",
        "tables": "SELECT count(*) AS n, sum(trouble IS NOT NULL) AS troubled FROM tables",
        "log": "SELECT kind, count(*) AS n, max(op) AS newest FROM change_sets GROUP BY kind",
    ]

    private let client: TarnHTTPClient

    /// `client` asks one node only.
    package init(client: TarnHTTPClient) {
        self.client = client
    }

    /// The answers of that node, by what was asked.
    package func run() async -> JSONValue {
        var out: [String: JSONValue] = [:]
        for target in ["/readyz", "/v1/status", "/metrics"] { out[target] = await self.answer(target) }
        for (name, sql) in Self.queries { out["catalog: \(name)"] = await self.rows(sql) }
        out["log"] = await self.log()
        return .object(out)
    }

    private func answer(_ target: String) async -> JSONValue {
        do {
            var request = TransportRequest(.get, target, deadlineMilliseconds: Self.deadlineMilliseconds)
            request.mustSeeLastWrite = false
            let body = try await self.client.read(request).body
            if target != "/metrics", let document = try? JSONValue(parsing: body) { return document }
            let lines = SecretMask.masked(String(decoding: body, as: UTF8.self)).split(separator: "\n")
            return .array(lines.filter { !$0.hasPrefix("#") }.map { .string(String($0)) })
        } catch {
            return Self.failure(error)
        }
    }

    private func rows(_ sql: String) async -> JSONValue {
        do {
            let answer = try await self.client.query(sql: sql, accept: "application/json")
            return try JSONValue(parsing: answer.body)
        } catch {
            return Self.failure(error)
        }
    }

    /// The newest ops without their authors: who works there is nobody else's business.
    private func log() async -> JSONValue {
        do {
            return .array(
                try await self.client.newestOps(limit: Self.logCount, path: nil).map { entry in
                    guard case .object(var members) = entry else { return entry }
                    members["author"] = nil
                    return .object(members)
                }
            )
        } catch {
            return Self.failure(error)
        }
    }

    private static func failure(_ error: any Error) -> JSONValue {
        .object(["error": .string(SecretMask.masked("\(error)"))])
    }
}
