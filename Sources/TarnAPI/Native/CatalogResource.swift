internal import Hummingbird
internal import TarnCatalog
internal import TarnCore
internal import TarnNode

/// `POST /v1/catalog/query` and `GET /v1/catalog/search`: SQL and full text over what the namespace says.
struct CatalogResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.ask("/v1/catalog/query", .whole(.read)) { try await self.query($0) }
        routes.read("/v1/catalog/search", .whole(.read)) { try await self.search($0) }
    }

    private func query(_ request: APIRequest) async throws -> Response {
        let statement = try QueryStatement(json: try await request.body(max: Limits.smallBodyBytesMax))
        try await self.waitIfAsked(request)
        let isCSV = request.headers[.accept].map { $0.lowercased().hasPrefix("text/csv") } ?? false
        // CSV has no place to say that rows are missing.
        let result = try await self.node.catalog.query(
            statement.sql,
            parameters: statement.parameters,
            allowsTruncation: !isCSV
        )
        var response = isCSV ? Response(csv: CSVText.encode(result)) : Response(json: Self.json(result))
        response.stamp(op: result.op, root: try await self.root(at: result.op))
        return response
    }

    /// The catalog follows the committed state by some milliseconds, so having the op in the log is not enough.
    private func waitIfAsked(_ request: APIRequest) async throws {
        try self.node.checkServing()
        guard let op = request.read?.op else { return }
        guard try await self.node.catalog.wait(for: op, deadlineMilliseconds: Limits.atLeastWaitMilliseconds) else {
            throw Problem(.unavailable, "the catalog has not applied op \(op) yet", headers: [.retryAfter: "1"])
        }
    }

    private func root(at op: Op) async throws -> Digest {
        let head = self.node.head
        if head.op == op { return head.root }
        guard let previous = op.previous else { return try await self.node.snapshot(at: .op(op)).root }
        guard let header = try await self.node.log(after: previous, limit: 1).first else {
            throw Problem(.internalError, "op \(op) is in the catalog but not in the log")
        }
        return header.root
    }

    private func search(_ request: APIRequest) async throws -> Response {
        guard let text = request.query["q"], !text.isEmpty else {
            throw Problem(.invalidRequest, "parameter 'q' is missing: words to search for are expected")
        }
        let limit = try request.query.integer("limit", in: 1...1_000, default: 50)
        try await self.waitIfAsked(request)
        let result = try await self.node.catalog.search(text, limit: limit)
        var writer = JSONWriter(reservingCapacity: 96 + result.hits.count * 256)
        writer.beginObject()
        writer.key("hits")
        writer.beginArray()
        for hit in result.hits where Access.isVisible(hit.path, to: request.principal) {
            writer.beginObject()
            writer.key("path")
            writer.string(hit.path.string)
            writer.key("language")
            writer.stringOrNull(hit.language)
            writer.key("snippet")
            writer.stringOrNull(hit.snippet)
            writer.key("rank")
            writer.number(hit.rank)
            writer.endObject()
        }
        writer.endArray()
        writer.key("op")
        writer.integer(result.appliedOp.number)
        writer.key("through_op")
        if let through = result.throughOp { writer.integer(through.number) } else { writer.null() }
        writer.endObject()
        var response = Response(json: writer)
        response.stamp(op: result.appliedOp, root: try await self.root(at: result.appliedOp))
        return response
    }

    /// `{"columns", "rows", "op", "truncated"}`; a blob is its bytes as hex digits.
    private static func json(_ result: QueryResult) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 128 + result.rows.count * result.columns.count * 24)
        writer.beginObject()
        writer.key("columns")
        writer.beginArray()
        for column in result.columns { writer.string(column) }
        writer.endArray()
        writer.key("rows")
        writer.beginArray()
        for row in result.rows {
            writer.beginArray()
            for value in row {
                switch value {
                case .null: writer.null()
                case .integer(let number): writer.integer(number)
                case .real(let number): writer.number(number)
                case .text(let text): writer.string(text)
                case .blob(let bytes): writer.string(Hex.encode(bytes))
                }
            }
            writer.endArray()
        }
        writer.endArray()
        writer.key("op")
        writer.integer(result.op.number)
        writer.key("truncated")
        writer.boolean(result.isTruncated)
        writer.endObject()
        return writer
    }
}
