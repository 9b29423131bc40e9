internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/api/2.0/workspace-conf` and `/api/2.0/settings/types/*`: what is set for a whole workspace.
struct SettingsService: Sendable {
    private static let configurationKind = "workspace_conf"
    private static let configurationID = "conf"
    private static let settingKind = "setting"

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.get("/api/2.0/workspace-conf") { request in
            let keys = try request.requiredString("keys").split(separator: ",").map(String.init)
            let stored = try await DocumentStore(self.context, request)
                .get(Self.configurationKind, Self.configurationID)?.value
            let pairs = keys.map { ($0, stored?[$0] ?? .null) }
            return Response(value: .object(Dictionary(pairs) { $1 }))
        }
        routes.write(.patch, "/api/2.0/workspace-conf", .whole(.admin)) { request in
            guard case .object(let members) = request.body else { return .emptyObject }
            try await self.merge(Self.configurationKind, Self.configurationID, request) { document in
                for (key, value) in members { document[key] = value }
            }
            return .emptyObject
        }
        let pattern = "/api/2.0/settings/types/{}/names/{}"
        routes.get(pattern) { try await self.get($0) }
        routes.write(.patch, pattern, .whole(.admin)) { try await self.set($0) }
        routes.write(.delete, pattern, .whole(.admin)) { request in
            let store = DocumentStore(self.context, request)
            let id = Self.id(request)
            guard let stored = try await store.get(Self.settingKind, id) else { throw Self.missing(request) }
            _ = try await store.delete(Self.settingKind, id)
            return Response(value: ["etag": stored.value["etag"] ?? .null])
        }
    }

    // MARK: Settings

    private static func id(_ request: DatabricksRequest) -> String {
        "\(request.segments[0]).\(request.segments[1])"
    }

    private static func missing(_ request: DatabricksRequest) -> DatabricksError {
        DatabricksError(404, "NOT_FOUND", "Setting \(request.segments[0]) is not set.")
    }

    private func get(_ request: DatabricksRequest) async throws -> Response {
        guard let stored = try await DocumentStore(self.context, request).get(Self.settingKind, Self.id(request)) else {
            throw Self.missing(request)
        }
        return Response(value: stored.value)
    }

    private func set(_ request: DatabricksRequest) async throws -> Response {
        guard case .object(let members)? = request.body["setting"] else {
            throw DatabricksError.invalid("Missing required field: setting")
        }
        let etag = try DocumentID.hex.make()
        let name = request.segments[1]
        let changed = try await self.merge(Self.settingKind, Self.id(request), request) { document in
            if let given = members["etag"]?.string, let present = document["etag"]?.string, given != present {
                throw DatabricksError(
                    409,
                    "RESOURCE_CONFLICT",
                    "The setting was changed meanwhile; its etag is \(present)"
                )
            }
            for (key, value) in members { document[key] = value }
            document["setting_name"] = .string(name)
            document["etag"] = .string(etag)
        }
        return Response(value: changed)
    }

    /// Changes a document that may not be there.
    @discardableResult
    private func merge(
        _ kind: String,
        _ id: String,
        _ request: DatabricksRequest,
        _ change: (inout JSONValue) throws -> Void
    ) async throws -> JSONValue {
        let store = DocumentStore(self.context, request)
        let changed = try await store.update(kind, id) { document in
            var document = document
            try change(&document)
            return document
        }
        if let changed { return changed }
        var document: JSONValue = [:]
        try change(&document)
        try await store.create(kind, id, document)
        return document
    }
}
