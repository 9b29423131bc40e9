internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// `/v1/content/<path>`: the bytes at a path, read, replaced and deleted with the conditions of HTTP.
struct ContentResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/content/**", .path(.read)) { try await self.get($0) }
        routes.write(.put, "/v1/content/**", .path(.write)) { try await self.put($0) }
        routes.write(.delete, "/v1/content/**", .path(.write)) { try await self.delete($0) }
    }

    // MARK: Reading

    private func get(_ request: APIRequest) async throws -> Response {
        let path = try request.path()
        let snapshot = try await self.node.snapshot(at: request.query.selector("at"))
        guard let entry = snapshot.tree[path] else {
            throw Problem(.notFound, "there is nothing at \(path) at op \(snapshot.op)")
        }
        guard !entry.isDirectory else {
            throw Problem(.invalidRequest, "\(path) is a directory; GET /v1/namespace\(path) lists it")
        }
        if let tags = EntityTags(request.headers[.ifMatch]), !tags.match(entry.content) {
            throw Problem(.conflict, "\(path) holds \(entry.content), which If-Match does not name", status: 412)
        }
        var headers: HTTPFields = [.eTag: EntityTags.text(entry.content), .acceptRanges: "bytes"]
        headers[.tarnModifiedAt] = entry.attributes[Attributes.Key.modifiedAt]
        if let tags = EntityTags(request.headers[.ifNoneMatch]), tags.match(entry.content) {
            return Response(status: .notModified, headers: headers).stamped(snapshot)
        }
        return try await self.answer(request, entry, headers: headers).stamped(snapshot)
    }

    /// The content or the part of it that `Range` asks for, unless `If-Range` names other content.
    private func answer(_ request: APIRequest, _ entry: Entry, headers: HTTPFields) async throws -> Response {
        var headers = headers
        headers[.contentType] = "application/octet-stream"
        var range = 0..<entry.size
        var status = HTTPResponse.Status.ok
        let isRangeWanted = request.headers[.ifRange].map { EntityTags($0)?.match(entry.content) == true } ?? true
        switch isRangeWanted ? ByteRange(request.headers[.range], size: entry.size) : .whole {
        case .whole: break
        case .part(let part):
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(entry.size)"
        case .unsatisfiable:
            throw Problem(
                .invalidRequest,
                "the content has \(entry.size) bytes, none of them in the range",
                status: 416,
                headers: [.contentRange: "bytes */\(entry.size)"]
            )
        }
        guard request.method != .head else {
            headers[.contentLength] = String(range.count)
            return Response(status: status, headers: headers)
        }
        let body = try await ContentStream(node: self.node, entry: entry).body(range, permit: request.permit)
        return Response(status: status, headers: headers, body: body)
    }

    // MARK: Writing

    private func put(_ request: APIRequest) async throws -> Response {
        let path = try request.path()
        let standing = try await self.node.snapshot(at: nil).tree[path]
        let precondition: Change.Precondition
        do throws(Problem) {
            precondition = try self.precondition(request, path, standing)
        } catch {
            guard case (let receipt, .put(let entry))? = try await self.node.earlier(request.id, at: path) else {
                throw error
            }
            return Self.answer(path, entry, receipt, isNew: request.headers[.ifNoneMatch] != nil)
        }
        let attributes = try self.attributes(request)
        if standing?.isDirectory == true { throw Problem(.conflict, "\(path) is a directory") }
        let upload = ContentUpload(node: self.node, path: path)
        let entry = try await upload.entry(of: request, attributes: attributes)
        let change = Change(path: path, precondition: precondition, action: .put(entry))
        let receipt = try await self.commit(change, for: request)
        return Self.answer(path, entry, receipt, isNew: standing == nil)
    }

    private static func answer(
        _ path: NamespacePath,
        _ entry: Entry,
        _ receipt: CommitReceipt,
        isNew: Bool
    ) -> Response {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.key("path")
        writer.string(path.string)
        writer.key("sha256")
        writer.string(entry.content.hex)
        writer.key("size")
        writer.integer(entry.size)
        writer.key("manifest")
        writer.stringOrNull(entry.manifest?.hex)
        writer.members(of: receipt)
        writer.endObject()
        var response = Response(json: writer, status: isNew ? .created : .ok).stamped(receipt)
        response.headers[.eTag] = EntityTags.text(entry.content)
        return response
    }

    private func delete(_ request: APIRequest) async throws -> Response {
        let path = try request.path()
        let standing = try await self.node.snapshot(at: nil).tree[path]
        let precondition: Change.Precondition
        do throws(Problem) {
            precondition = try self.precondition(request, path, standing)
            guard standing != nil else { throw Problem(.notFound, "there is nothing at \(path)") }
        } catch {
            guard case (let receipt, .delete)? = try await self.node.earlier(request.id, at: path) else { throw error }
            return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
        }
        let action = Change.Action.delete(recursive: try request.query.flag("recursive"))
        let receipt = try await self.commit(
            Change(path: path, precondition: precondition, action: action),
            for: request
        )
        return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
    }

    private func commit(_ change: Change, for request: APIRequest) async throws -> CommitReceipt {
        do {
            return try await self.node.commit([change], author: request.author, request: request.id)
        } catch let error as NodeError where error.code == .conflict && change.precondition != .any {
            throw Problem(.conflict, error.message, status: 412)
        }
    }

    /// What the headers ask of the path, checked at once so that a doomed upload need not be sent, and again by the
    /// commit.
    private func precondition(
        _ request: APIRequest,
        _ path: NamespacePath,
        _ standing: Entry?
    ) throws(Problem) -> Change.Precondition {
        let content = standing.map(\.content)
        if let tags = EntityTags(request.headers[.ifNoneMatch]) {
            guard tags == .any else {
                throw Problem(.invalidRequest, "a write takes If-None-Match: * only, not a list of tags")
            }
            if standing != nil { throw Problem(.conflict, "\(path) exists already", status: 412) }
            return .absent
        }
        guard let tags = EntityTags(request.headers[.ifMatch]) else { return .any }
        guard tags.match(content), let standing else {
            let found = content.map { "\(path) holds \($0)" } ?? "there is nothing at \(path)"
            throw Problem(.conflict, "\(found), which If-Match does not name", status: 412)
        }
        return tags == .any ? .entry(standing.hash(SHA256.self)) : .content(standing.content)
    }

    private func attributes(_ request: APIRequest) throws -> Attributes {
        var attributes = Attributes()
        if let text = request.headers[.tarnModifiedAt] {
            guard UInt64(text) != nil else {
                throw Problem(
                    .invalidRequest,
                    "header X-Tarn-Modified-At is '\(text)'; nanoseconds since 1970 are expected"
                )
            }
            attributes[Attributes.Key.modifiedAt] = text
        }
        return attributes
    }
}
