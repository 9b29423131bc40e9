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
    /// The longest time that a secret outlives its rotation.
    private static let graceSecondsMax: UInt64 = 7 * 86_400

    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/tokens", .whole(.admin)) { try await self.list($0) }
        routes.write(.post, "/v1/tokens", .whole(.admin)) { try await self.create($0) }
        routes.write(.post, "/v1/tokens/{}", .whole(.admin)) { try await self.rotate($0) }
        routes.write(.delete, "/v1/tokens/{}", .whole(.admin)) { try await self.revoke($0) }
    }

    private func create(_ request: APIRequest) async throws -> Response {
        let now = WallClock.microseconds()
        let wish = try TokenWish(json: try await request.body(max: Limits.smallBodyBytesMax), now: now)
        let standing = try await self.node.snapshot(at: nil).tree.children(of: Self.directory, limit: Limits.tokensMax)
        guard standing.count < Limits.tokensMax else {
            throw Problem(.conflict, "there are \(Limits.tokensMax) tokens, as many as there may be; revoke some")
        }
        let id = Hex.encode(try SecureRandom.bytes(count: 8))
        let token = BearerToken(id: id, secret: try SecureRandom.bytes(count: 32))
        var document = TokenDocument(
            id: id,
            name: wish.name,
            scope: wish.scope,
            paths: wish.paths,
            hash: token.hash,
            createdAt: now
        )
        document.expiresAt = wish.expiresAt
        document.requestsPerSecond = wish.limits.requestsPerSecond
        document.concurrency = wish.limits.concurrency
        return try await self.store(document, token, over: .absent, for: request)
    }

    /// A new secret for a token that goes on under its id; the old one is taken for `grace_seconds` more.
    private func rotate(_ request: APIRequest) async throws -> Response {
        let id = try request.parameter()
        let graceSeconds = try Self.graceSeconds(json: try await request.body(max: Limits.smallBodyBytesMax))
        let path = try TokenDocument.path(id: id)
        let standing = try await self.node.snapshot(at: nil).tree[path]
        let document: TokenDocument
        let precondition: Change.Precondition
        if let standing, !standing.isDirectory, path.parent == Self.directory {
            document = try TokenDocument(json: try await self.node.blob(standing.content))
            precondition = .content(standing.content)
        } else if id == BearerToken.adminID, standing == nil {
            document = TokenDocument(
                id: id,
                name: id,
                scope: .admin,
                paths: [],
                hash: self.node.credential.adminTokenHash,
                createdAt: WallClock.microseconds()
            )
            precondition = .absent
        } else {
            throw Problem(.notFound, "there is no token '\(id)'")
        }
        let token = BearerToken(id: id, secret: try SecureRandom.bytes(count: 32))
        let now = WallClock.microseconds()
        let rotated = document.rotated(hash: token.hash, at: now, graceEnd: now + graceSeconds * 1_000_000)
        return try await self.store(rotated, token, over: precondition, for: request)
    }

    private static func graceSeconds(json bytes: [UInt8]) throws -> UInt64 {
        guard !bytes.isEmpty else { return 0 }
        var reader = JSONReader(bytes)
        var seconds: UInt64 = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "grace_seconds" else {
                throw Problem(.invalidRequest, "unknown key '\(key)'; expected: grace_seconds")
            }
            let text = try reader.readNumberText()
            guard let value = UInt64(text), value <= self.graceSecondsMax else {
                throw Problem(
                    .invalidRequest,
                    "grace_seconds is \(text); a number up to \(self.graceSecondsMax) is expected"
                )
            }
            seconds = value
        }
        try reader.expectEnd()
        return seconds
    }

    /// Commits `document` and answers with the token: the only time that it is told. Throws ``Problem`` `CONFLICT` for
    /// a request that has committed before: the token that it made then was another one.
    private func store(
        _ document: TokenDocument,
        _ token: BearerToken,
        over precondition: Change.Precondition,
        for request: APIRequest
    ) async throws -> Response {
        let bytes = try document.json()
        let address = try await self.node.put(blobs: [bytes]).addresses[0]
        let path = try TokenDocument.path(id: document.id)
        let entry = try Entry.file(content: address, size: UInt64(bytes.count))
        let change = Change(path: path, precondition: precondition, action: .put(entry))
        let receipt = try await self.node.commit([change], author: request.author, request: request.id)
        guard try await self.node.puts(address, at: path, in: receipt.op) else {
            throw Problem(
                .conflict,
                "request \(request.id) has committed as op \(receipt.op) and made a token that cannot be told again; "
                    + "look at the list of tokens, revoke or rotate it, and ask under another number"
            )
        }
        var writer = JSONWriter(reservingCapacity: 192)
        writer.beginObject()
        writer.key("id")
        writer.string(document.id)
        writer.key("token")
        writer.string(token.text)
        writer.endObject()
        let isNew = precondition == .absent && document.rotatedAt == nil
        var response = Response(json: writer, status: isNew ? .created : .ok).stamped(receipt)
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
            let bytes = try await self.node.blob(entry.content)
            // What stands beside them and is no token gives nobody access, and must not hide the others.
            if let document = try? TokenDocument(json: bytes) { Self.write(document, to: &writer) }
        }
        writer.endArray()
        writer.endObject()
        return Response(json: writer).stamped(snapshot)
    }

    private static func write(_ document: TokenDocument, to writer: inout JSONWriter) {
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
        for (key, value) in [
            ("expires_at", document.expiresAt), ("rotated_at", document.rotatedAt),
            ("requests_per_second", document.requestsPerSecond.map { UInt64($0) }),
            ("concurrency", document.concurrency.map { UInt64($0) }),
        ] {
            writer.key(key)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.endObject()
    }

    private func revoke(_ request: APIRequest) async throws -> Response {
        let id = try request.parameter()
        guard id != BearerToken.adminID else {
            throw Problem(.invalidRequest, "the cluster's own admin token can be rotated, but not revoked")
        }
        let path = try TokenDocument.path(id: id)
        let standing = try await self.node.snapshot(at: nil).tree[path]
        guard path.parent == Self.directory, let standing, !standing.isDirectory else {
            if case (let receipt, .delete)? = try await self.node.earlier(request.id, at: path) {
                return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
            }
            throw Problem(.notFound, "there is no token '\(id)'")
        }
        let change = Change(path: path, precondition: .content(standing.content), action: .delete(recursive: false))
        let receipt = try await self.node.commit([change], author: request.author, request: request.id)
        return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
    }
}
