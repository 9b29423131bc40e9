internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// `/api/2.0/secrets/*`: scopes, and values that are sealed under the cluster's key before they reach the log.
struct SecretsService: Sendable {
    static let scopeKind = "secret_scope"
    /// Only administrators see anything of this kind past this API.
    static let secretKind = "secret"
    private static let valueBytesMax = 128 << 10
    private static let secretsPerScopeMax = 1_000

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/secrets"
        routes.write(.post, "\(prefix)/scopes/create") { try await self.createScope($0) }
        routes.write(.post, "\(prefix)/scopes/delete") { try await self.deleteScope($0) }
        routes.get("\(prefix)/scopes/list") { request in
            let scopes = try await DocumentStore(self.context, request).list(Self.scopeKind)
            let shown = scopes.map { scope -> JSONValue in
                ["name": scope.value["name"] ?? .null, "backend_type": "DATABRICKS"]
            }
            return Response(value: shown.isEmpty ? [:] : ["scopes": .array(shown)])
        }
        routes.write(.post, "\(prefix)/put") { try await self.put($0) }
        routes.write(.post, "\(prefix)/delete") { try await self.delete($0) }
        routes.get("\(prefix)/get") { try await self.get($0) }
        routes.get("\(prefix)/list") { try await self.list($0) }
        SecretAccess(context: self.context).register(in: &routes)
    }

    /// No name of a scope holds a colon, so the two parts cannot be taken for others.
    private static func id(_ scope: String, _ key: String) -> String { "\(scope):\(key)" }

    // MARK: Scopes

    private func createScope(_ request: DatabricksRequest) async throws -> Response {
        let scope = try SecretName.checked(try request.requiredString("scope"), what: "Scope name")
        guard try request.string("scope_backend_type") ?? "DATABRICKS" == "DATABRICKS" else {
            throw DatabricksError.invalid("only scopes with backend DATABRICKS are stored here")
        }
        let store = DocumentStore(self.context, request)
        guard try await store.get(Self.scopeKind, scope) == nil else { throw Self.existingScope(scope) }
        var access: [JSONValue] = [["principal": .string(request.userName), "permission": "MANAGE"]]
        if let manager = try request.string("initial_manage_principal"), !manager.isEmpty {
            guard manager == "users" else {
                throw DatabricksError.invalid("initial_manage_principal '\(manager)'; only 'users' is possible")
            }
            access.append(["principal": "users", "permission": "MANAGE"])
        }
        let document: JSONValue = ["name": .string(scope), "backend_type": "DATABRICKS", "acls": .array(access)]
        do {
            return Response.emptyObject.stamped(
                try await store.create(Self.scopeKind, scope, document)
            )
        } catch let error as NodeError where error.code == .conflict {
            throw Self.existingScope(scope)
        }
    }

    private static func existingScope(_ scope: String) -> DatabricksError {
        .exists("Scope \(scope) already exists!")
    }

    private func deleteScope(_ request: DatabricksRequest) async throws -> Response {
        let scope = try await SecretAccess(context: self.context).scope(request, atLeast: .manage)
        let store = DocumentStore(self.context, request)
        var changes: [Change] = []
        // Those that cannot be read go as well.
        let secrets = try await store.paths(Self.secretKind, prefix: "\(scope):", limit: Self.secretsPerScopeMax)
        for path in secrets + [store.path(Self.scopeKind, scope)].compactMap(\.self) {
            changes.append(Change(path: path, action: .delete(recursive: false)))
        }
        return Response.emptyObject.stamped(try await store.commit(changes))
    }

    // MARK: Values

    private func secrets(of scope: String, in store: DocumentStore) async throws -> [DocumentStore.Stored] {
        let prefix = "\(scope):"
        return try await store.list(Self.secretKind, prefix: prefix, limit: Self.secretsPerScopeMax)
    }

    private func box() throws(DatabricksError) -> SecretBox {
        guard let box = self.context.secretBox else {
            throw DatabricksError(
                501,
                "FEATURE_DISABLED",
                "this cluster has no key for secrets; put the same keys/secrets.key into every datacentre's folder"
            )
        }
        return box
    }

    private func put(_ request: DatabricksRequest) async throws -> Response {
        let scope = try await SecretAccess(context: self.context).scope(request, atLeast: .write)
        let key = try SecretName.checked(try request.requiredString("key"), what: "Secret key")
        let value: [UInt8]
        if let text = try request.string("string_value") {
            value = Array(text.utf8)
        } else if let text = try request.string("bytes_value") {
            guard let bytes = Base64.decode(text) else {
                throw DatabricksError.invalid("Field 'bytes_value' is not base64")
            }
            value = bytes
        } else {
            throw DatabricksError.invalid("One of string_value and bytes_value is needed")
        }
        guard value.count <= Self.valueBytesMax else {
            throw DatabricksError.invalid(
                "The secret has \(value.count) bytes; at most \(Self.valueBytesMax) are stored"
            )
        }
        let store = DocumentStore(self.context, request)
        let id = Self.id(scope, key)
        if try await store.get(Self.secretKind, id) == nil,
            try await self.secrets(of: scope, in: store).count >= Self.secretsPerScopeMax
        {
            throw DatabricksError(
                403,
                "RESOURCE_LIMIT_EXCEEDED",
                "Scope \(scope) has \(Self.secretsPerScopeMax) secrets, and no more fit"
            )
        }
        let sealed = try self.box().seal(value, context: "\(request.workspace.name):\(id)")
        let document: JSONValue = [
            "key": .string(key),
            "last_updated_timestamp": .integer(WallClock.microseconds() / 1_000),
            "sealed": .string(Base64.encode(sealed)),
        ]
        return Response.emptyObject.stamped(try await store.set(Self.secretKind, id, document))
    }

    private func get(_ request: DatabricksRequest) async throws -> Response {
        let scope = try await SecretAccess(context: self.context).scope(request, atLeast: .read)
        let key = try request.requiredString("key")
        let id = Self.id(scope, key)
        guard let stored = try await DocumentStore(self.context, request).get(Self.secretKind, id) else {
            throw Self.missing(scope, key)
        }
        guard let sealed = stored.value["sealed"]?.string.flatMap({ Base64.decode($0) }) else {
            throw DatabricksError(500, "DATA_LOSS", "the stored secret cannot be read")
        }
        let value: [UInt8]
        do {
            value = try self.box().open(sealed, context: "\(request.workspace.name):\(id)")
        } catch is CryptoError {
            throw DatabricksError(500, "DATA_LOSS", "the secret was sealed under another key than this datacentre's")
        }
        var response = Response(value: ["key": .string(key), "value": .string(Base64.encode(value))])
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func list(_ request: DatabricksRequest) async throws -> Response {
        let scope = try await SecretAccess(context: self.context).scope(request, atLeast: .read)
        let secrets = try await self.secrets(of: scope, in: DocumentStore(self.context, request))
        let shown = secrets.map { $0.value.without("sealed") }
        return Response(value: shown.isEmpty ? [:] : ["secrets": .array(shown)])
    }

    private func delete(_ request: DatabricksRequest) async throws -> Response {
        let scope = try await SecretAccess(context: self.context).scope(request, atLeast: .write)
        let key = try request.requiredString("key")
        let store = DocumentStore(self.context, request)
        guard try await store.delete(Self.secretKind, Self.id(scope, key)) else { throw Self.missing(scope, key) }
        return .emptyObject
    }

    private static func missing(_ scope: String, _ key: String) -> DatabricksError {
        .missing("No secret exists with scope: \(scope) and key: \(key)")
    }
}

/// Names of scopes and keys.
enum SecretName {
    private static let bytesMax = 128

    static func checked(_ name: String, what: String) throws(DatabricksError) -> String {
        let isLegal = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || [0x2d, 0x5f, 0x40, 0x2e].contains($0)
        }
        guard isLegal, (1...self.bytesMax).contains(name.utf8.count) else {
            throw .invalid("\(what) has 1 to \(self.bytesMax) characters of a-z, A-Z, 0-9, '-', '_', '@' and '.'")
        }
        return name
    }
}
