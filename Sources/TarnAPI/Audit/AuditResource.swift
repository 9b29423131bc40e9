internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/v1/audit`: the audit log for administrators, and the place where nodes put their records.
struct AuditResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/audit", .whole(.admin)) { try await self.list($0) }
        routes.write(.post, "/v1/audit", .whole(.admin)) { try await self.append($0) }
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let head = self.node.head
        let before = min(try request.query.op("before", default: head.op.next), head.op.next)
        let limit = try request.query.integer("limit", in: 1...Limits.listPageCountDefault, default: 100)
        var since: UInt64 = 0
        if let text = request.query["since"] {
            guard let time = Timestamp(text) else {
                throw Problem(.invalidRequest, "parameter 'since' is '\(text)'; an RFC 3339 time is expected")
            }
            since = time.microseconds
        }
        let page = try await AuditLog(node: self.node).page(
            before: before,
            since: since,
            author: request.query["author"],
            limit: limit
        )
        var response = Response(json: Self.json(page))
        response.stamp(op: head.op, root: head.root)
        return response
    }

    /// Takes a record from another node.
    private func append(_ request: APIRequest) async throws -> Response {
        guard let principal = request.principal, principal.isNode else {
            throw Problem(.permissionDenied, "only nodes write to the audit log")
        }
        let datacenter = try DatacenterID(String(principal.name.dropFirst(NodeCredential.authorPrefix.count)))
        let record = try AuditRecord(json: try await request.body(max: Limits.smallBodyBytesMax))
        let receipt = try await AuditRecorder.commit(record, of: datacenter, at: self.node, request: request.id)
        return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
    }

    private static func json(_ page: AuditLog.Page) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 64 + page.lines.count * 320)
        writer.beginObject()
        writer.key("records")
        writer.beginArray()
        for line in page.lines { self.write(line, to: &writer) }
        writer.endArray()
        writer.key("next")
        if let next = page.next { writer.integer(next.number) } else { writer.null() }
        writer.endObject()
        return writer
    }

    private static func write(_ line: AuditLog.Line, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("op")
        writer.integer(line.header.op.number)
        writer.key("time")
        writer.string(Timestamp(microseconds: line.header.timestampMicroseconds).description)
        writer.key("timestamp")
        writer.integer(line.header.timestampMicroseconds)
        writer.key("author")
        writer.string(line.author)
        writer.key("source")
        writer.string(line.source)
        writer.key("action")
        writer.string(line.action)
        writer.key("request")
        writer.string(line.header.request.description)
        writer.key("changes")
        writer.integer(line.changesCount)
        writer.key("paths")
        writer.beginArray()
        for path in line.paths { writer.string(path.string) }
        writer.endArray()
        writer.key("detail")
        writer.beginObject()
        for (key, value) in line.detail.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
        writer.endObject()
    }
}
