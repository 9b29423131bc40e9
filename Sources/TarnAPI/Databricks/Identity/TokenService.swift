internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// `/api/2.0/token/*` and `/api/2.0/token-management/*`: bearer tokens that people make for themselves. The same
/// documents as those of `tarn token`.
struct TokenService: Sendable {
    private static let lifetimeSecondsMax = 3_153_600_000
    private static let directory = NamespacePath(unchecked: Array("/meta/token".utf8))

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.write(.post, "/api/2.0/token/create", .whole(.read)) { try await self.create($0) }
        routes.get("/api/2.0/token/list", .whole(.read)) { request in
            let user = request.userName
            let infos = try await self.documents().filter { ($0.owner ?? $0.name) == user }
            return Response(value: ["token_infos": .array(infos.map { Self.publicInfo($0) })])
        }
        routes.write(.post, "/api/2.0/token/delete", .whole(.read)) { request in
            try await self.delete(try request.requiredString("token_id"), of: request.userName, request)
            return .emptyObject
        }
        routes.get("/api/2.0/token-management/tokens", .whole(.admin)) { request in
            let owner = try request.string("created_by_username")
            let documents = try await self.documents().filter { owner == nil || ($0.owner ?? $0.name) == owner }
            return Response(value: ["token_infos": .array(documents.map { Self.info($0) })])
        }
        routes.get("/api/2.0/token-management/tokens/{}", .whole(.admin)) { request in
            guard let document = try await self.documents().first(where: { $0.id == request.id }) else {
                throw Self.missing(request.id)
            }
            return Response(value: ["token_info": Self.info(document)])
        }
        routes.write(.patch, "/api/2.0/token/{}", .whole(.read)) { request in
            _ = try await self.update(request.id, of: request.userName, request)
            return .emptyObject
        }
        routes.write(.patch, "/api/2.0/token-management/tokens/{}", .whole(.admin)) { request in
            Response(value: Self.info(try await self.update(request.id, of: nil, request)))
        }
        routes.write(.delete, "/api/2.0/token-management/tokens/{}", .whole(.admin)) { request in
            try await self.delete(request.id, of: nil, request)
            return .emptyObject
        }
        routes.write(.post, "/api/2.0/token-management/on-behalf-of/tokens", .whole(.admin)) { request in
            try await self.create(request, owner: try request.requiredString("application_id"))
        }
    }

    // MARK: Documents

    /// All tokens. What stands beside them and is none gives nobody access, and must not hide the others.
    private func documents() async throws -> [TokenDocument] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        var documents: [TokenDocument] = []
        for (_, entry) in snapshot.tree.children(of: Self.directory, limit: Limits.tokensMax) where !entry.isDirectory {
            let bytes = try await self.context.node.blob(entry.content)
            if let document = try? TokenDocument(json: bytes) { documents.append(document) }
        }
        return documents
    }

    private static func info(_ document: TokenDocument) -> JSONValue {
        let owner = JSONValue.string(document.owner ?? document.name)
        return [
            "token_id": .string(document.id),
            "creation_time": .integer(document.createdAt / 1_000),
            "expiry_time": document.expiresAt.map { .integer($0 / 1_000) } ?? -1,
            "comment": .string(document.comment ?? document.name),
            "created_by_username": owner,
            "owner_id": .number(Self.number(of: document.owner ?? document.name)),
        ]
    }

    /// What bearers see of their own tokens.
    private static func publicInfo(_ document: TokenDocument) -> JSONValue {
        self.info(document).without("created_by_username").without("owner_id")
    }

    private static func number(of name: String) -> String {
        String(SHA256.digest(Array(name.utf8)).word0 % 9_000_000_000_000_000)
    }

    private static func missing(_ id: String) -> DatabricksError {
        .missing("Token with id '\(id)' does not exist.")
    }

    private static func check(comment: String) throws {
        guard comment.utf8.count <= Limits.smallTextBytesMax else {
            throw DatabricksError.invalid("a comment has at most \(Limits.smallTextBytesMax) bytes")
        }
    }

    // MARK: Making, changing and revoking

    /// A token with the bearer's own rights: nobody gives away more than is theirs.
    private func create(_ request: DatabricksRequest, owner: String? = nil) async throws -> Response {
        guard let principal = request.base.principal else { throw DatabricksError.invalid("a token is needed") }
        let seconds = try request.integer("lifetime_seconds", in: -1...Self.lifetimeSecondsMax) ?? -1
        let owner = owner ?? principal.name
        guard owner.utf8.count <= Limits.authorBytesMax else {
            throw DatabricksError.invalid("an owner's name has at most \(Limits.authorBytesMax) bytes")
        }
        guard !owner.hasPrefix(NodeCredential.authorPrefix) else {
            throw DatabricksError.invalid("names that begin with '\(NodeCredential.authorPrefix)' are the nodes' own")
        }
        let comment = try request.string("comment")
        try Self.check(comment: comment ?? "")
        try await self.checkRoom(for: owner)
        let now = WallClock.microseconds()
        let id = Hex.encode(try SecureRandom.bytes(count: 8))
        let token = BearerToken(id: id, secret: try SecureRandom.bytes(count: 32))
        var document = TokenDocument(
            id: id,
            name: owner,
            scope: principal.scope,
            paths: principal.paths,
            hash: token.hash,
            createdAt: now
        )
        document.owner = owner
        document.comment = comment
        let wished = seconds > 0 ? now + UInt64(seconds) * 1_000_000 : nil
        // Neither a longer life nor more requests than the token that makes it.
        document.expiresAt = [wished, try await self.end(ofTokenID: principal.tokenID)].compactMap(\.self).min()
        document.requestsPerSecond = principal.limits.requestsPerSecond
        document.concurrency = principal.limits.concurrency
        let entry = try await self.context.stage(try document.json())
        let path = try TokenDocument.path(id: id)
        let change = Change(path: path, precondition: .absent, action: .put(entry))
        let receipt = try await self.context.commit([change], for: request.base)
        guard try await self.context.node.puts(entry.content, at: path, in: receipt.op) else {
            throw DatabricksError(
                409,
                "RESOURCE_CONFLICT",
                "request \(request.base.id) has made a token before, which cannot be told again; ask for another one"
            )
        }
        var response = Response(value: ["token_value": .string(token.text), "token_info": Self.publicInfo(document)])
        response.headers[.cacheControl] = "no-store"
        return response.stamped(receipt)
    }

    /// Throws ``DatabricksError`` when `owner`, or all together, have as many tokens as they may.
    private func checkRoom(for owner: String) async throws {
        let tree = try await self.context.node.snapshot(at: nil).tree
        let entries = tree.children(of: Self.directory, limit: Limits.tokensMax).map(\.1)
        // A document that cannot be read here must keep nobody from making another one.
        let documents = try await self.context.node.blobs(entries.filter { !$0.isDirectory }.map(\.content))
        let ownCount = documents.count { $0.flatMap { try? TokenDocument(json: $0) }?.owner == owner }
        guard entries.count < Limits.tokensMax, ownCount < Limits.tokensPerOwnerMax else {
            throw DatabricksError(
                403,
                "RESOURCE_LIMIT_EXCEEDED",
                "\(owner) has \(ownCount) tokens of \(Limits.tokensPerOwnerMax), and there are \(entries.count) of "
                    + "\(Limits.tokensMax); delete some, also those that have ended"
            )
        }
    }

    /// When a token ends, in microseconds since 1970; nil for one without an end, or without a document.
    private func end(ofTokenID id: String) async throws -> UInt64? {
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let path = try? TokenDocument.path(id: id), let entry = snapshot.tree[path], !entry.isDirectory else {
            return nil
        }
        return try TokenDocument(json: try await self.context.node.blob(entry.content)).expiresAt
    }

    /// Changes a token's comment, which is all of it that changes; when `owner` is not nil only of one of theirs.
    private func update(_ id: String, of owner: String?, _ request: DatabricksRequest) async throws -> TokenDocument {
        let path = try? TokenDocument.path(id: id)
        guard let path, let entry = try await self.context.node.snapshot(at: nil).tree[path], !entry.isDirectory else {
            throw Self.missing(id)
        }
        var document = try TokenDocument(json: try await self.context.node.blob(entry.content))
        guard owner == nil || (document.owner ?? document.name) == owner else { throw Self.missing(id) }
        let fields = try request.requiredString("update_mask").split(separator: ",")
        guard fields.allSatisfy({ $0 == "comment" }), let comment = request.body["token"]?["comment"]?.string else {
            throw DatabricksError.invalid("update_mask must be comment: nothing else of a token can be changed")
        }
        try Self.check(comment: comment)
        document.comment = comment
        let changed = try await self.context.stage(try document.json())
        let change = Change(path: path, precondition: .content(entry.content), action: .put(changed))
        _ = try await self.context.commit([change], for: request.base)
        return document
    }

    /// Revokes a token, when `owner` is not nil only one of theirs.
    private func delete(_ id: String, of owner: String?, _ request: DatabricksRequest) async throws {
        let document = try await self.documents().first { $0.id == id }
        guard let document, owner == nil || (document.owner ?? document.name) == owner else { throw Self.missing(id) }
        let change = Change(path: try TokenDocument.path(id: id), action: .delete(recursive: false))
        _ = try await self.context.commit([change], for: request.base)
    }
}
