internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// `/v1/tokens`: bearer tokens, which are documents under `/meta/token`. The token itself is answered once and stored
/// nowhere.
struct TokenResource: Sendable {
    private static let directory = NamespacePath(unchecked: Array("/meta/token".utf8))

    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/tokens", .whole(.admin)) { try await self.list($0) }
        routes.write(.post, "/v1/tokens", .whole(.admin)) { try await self.create($0) }
        routes.write(.delete, "/v1/tokens/{}", .whole(.admin)) { try await self.revoke($0) }
    }

    private func create(_ request: APIRequest) async throws -> Response {
        let wish = try TokenWish(json: try await request.body(max: Limits.smallBodyBytesMax))
        let id = Hex.encode(try SecureRandom.bytes(count: 8))
        let token = BearerToken(id: id, secret: try SecureRandom.bytes(count: 32))
        let document = TokenDocument(
            id: id,
            name: wish.name,
            scope: wish.scope,
            paths: wish.paths,
            hash: token.hash,
            createdAt: WallClock.microseconds()
        )
        let bytes = try document.json()
        let address = try await self.node.put(blobs: [bytes]).addresses[0]
        let change = Change(
            path: try TokenDocument.path(id: id),
            precondition: .absent,
            action: .put(try Entry.file(content: address, size: UInt64(bytes.count)))
        )
        let receipt = try await self.node.commit([change], author: request.author, request: request.id)
        var writer = JSONWriter(reservingCapacity: 192)
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("token")
        writer.string(token.text)
        writer.endObject()
        var response = Response(json: writer, status: .created).stamped(receipt)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let snapshot = try await self.node.snapshot(at: nil)
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.key("tokens")
        writer.beginArray()
        for (_, entry) in snapshot.tree.children(of: Self.directory, limit: Limits.tokensMax) where !entry.isDirectory {
            let document = try TokenDocument(json: try await self.node.blob(entry.content))
            writer.beginObject()
            writer.key("id")
            writer.string(document.id)
            writer.key("name")
            writer.string(document.name)
            writer.key("scope")
            writer.string(document.scope)
            writer.key("paths")
            writer.beginArray()
            for path in document.paths { writer.string(path) }
            writer.endArray()
            writer.key("created_at")
            writer.integer(document.createdAt)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return Response(json: writer).stamped(snapshot)
    }

    private func revoke(_ request: APIRequest) async throws -> Response {
        let id = try request.parameter()
        let path = try TokenDocument.path(id: id)
        let standing = try await self.node.snapshot(at: nil).tree[path]
        guard path.parent == Self.directory, let standing, !standing.isDirectory else {
            throw Problem(.notFound, "there is no token '\(id)'")
        }
        let change = Change(path: path, precondition: .content(standing.content), action: .delete(recursive: false))
        let receipt = try await self.node.commit([change], author: request.author, request: request.id)
        return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
    }
}
