internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `GET /v1/changes`: the log, for watching it and for asking what happened to a path.
struct LogResource: Sendable {
    let node: any NodeService
    /// Nobody tells when the client of a request that waits has gone, so those who wait must not take every place that
    /// there is for requests.
    private let waiting = RequestGate(limit: Limits.changesWaitsMax)

    init(node: any NodeService) {
        self.node = node
    }

    func register(in routes: inout RouteTable) {
        routes.read("/v1/changes", .whole(.read)) { try await self.list($0) }
        routes.read("/v1/changes/{}", .whole(.read)) { try await self.one($0) }
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let after = try request.query.op("after", default: .genesis)
        let limit = try request.query.integer(
            "limit",
            in: 1...Limits.listPageCountMax,
            default: Limits.listPageCountDefault
        )
        let wait = try request.query.integer("wait", in: 0...Limits.changesWaitMillisecondsMax, default: 0)
        let path = try request.query.path("path")
        if let path, let principal = request.principal { try Access.check(principal, mayTouch: path) }
        if wait > 0, self.node.head.op <= after { try await self.wait(behind: after, milliseconds: wait) }
        let head = self.node.head
        // Behind the newest op is nothing, however far behind it a client asks.
        let page =
            after < head.op
            ? try await self.page(path, after: after, upTo: head.op, limit: limit) : PathLog.Page()
        var response = Response(json: Self.json(page))
        response.stamp(op: head.op, root: head.root)
        return response
    }

    private func page(_ path: NamespacePath?, after: Op, upTo newest: Op, limit: Int) async throws -> PathLog.Page {
        if let path {
            return try await PathLog(node: self.node, path: path).page(after: after, upTo: newest, limit: limit)
        }
        var page = PathLog.Page()
        page.headers = try await self.node.log(after: after, limit: limit).map { (header: $0, path: nil) }
        let last = page.headers.last?.header.op ?? after
        page.next = last < newest && !page.headers.isEmpty ? last : nil
        return page
    }

    /// Nothing new in time is an answer, not an error.
    private func wait(behind after: Op, milliseconds: Int) async throws {
        // No op follows the last number that there is; waiting for that one takes just as long.
        let op = after.number == .max ? after : after.next
        guard let permit = self.waiting.enter() else {
            throw Problem(
                .rateLimited,
                "\(Limits.changesWaitsMax) requests wait for changes already",
                headers: [.retryAfter: "1"]
            )
        }
        defer { withExtendedLifetime(permit) {} }
        do {
            try await self.node.wait(for: op, deadlineMilliseconds: milliseconds)
        } catch let error as NodeError where error.code == .unavailable {
            return
        }
    }

    private static func json(_ page: PathLog.Page) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 64 + page.headers.count * 640)
        writer.beginObject()
        writer.key("entries")
        writer.beginArray()
        for (header, path) in page.headers {
            writer.beginObject()
            writer.members(of: header)
            if let path {
                writer.key("path")
                writer.string(path.string)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.key("next")
        if let next = page.next { writer.integer(next.number) } else { writer.null() }
        if let start = page.scannedFrom {
            writer.key("scanned_from")
            writer.integer(start.number)
        }
        writer.endObject()
        return writer
    }

    private func one(_ request: APIRequest) async throws -> Response {
        let text = try request.parameter()
        guard let number = UInt64(text) else {
            throw Problem(.invalidRequest, "'\(text)' is not an op: a number is expected")
        }
        let op = Op(number)
        let changeSet = try await self.node.changeSet(at: op)
        var header: LogHeader?
        if let previous = op.previous {
            header = try await self.node.log(after: previous, limit: 1).first { $0.op == op }
        }
        let shown = zip(changeSet.indices, changeSet).filter { Access.isVisible($0.1, to: request.principal) }
        var writer = JSONWriter(reservingCapacity: 768 + shown.count * 384)
        writer.beginObject()
        if let header {
            writer.members(of: header)
        } else {
            writer.key("op")
            writer.integer(op.number)
        }
        writer.key("changes")
        writer.beginArray()
        for (index, _) in shown { writer.change(try changeSet.change(at: index)) }
        writer.endArray()
        // Changes of protected paths are counted, not shown, to those who may not read them.
        writer.key("hidden")
        writer.integer(changeSet.count - shown.count)
        writer.endObject()
        return Response(json: writer)
    }
}
