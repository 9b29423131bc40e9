internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/api/warehouses/v1/default-warehouse-overrides`: which warehouse a user's statements go to unless they say so.
struct WarehouseOverrides: Sendable {
    private static let kind = "warehouse_override"
    private static let collection = "default-warehouse-overrides"
    private static let pageMax = 1_000

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/warehouses/v1/\(Self.collection)"
        routes.write(.post, prefix) { request in
            let id = try await self.id(try request.requiredString("default_warehouse_override_id"), request)
            let store = DocumentStore(self.context, request)
            let document = try Self.document(request.body, id: id)
            do {
                return Response(value: document).stamped(try await store.create(Self.kind, id, document))
            } catch let error as NodeError where error.code == .conflict {
                throw DatabricksError(409, "ALREADY_EXISTS", "A default warehouse override for \(id) already exists")
            }
        }
        routes.get(prefix) { try await self.list($0) }
        routes.get("\(prefix)/{}") { request in
            let id = try await self.id(request.id, request)
            guard let stored = try await DocumentStore(self.context, request).get(Self.kind, id) else {
                throw Self.missing(id)
            }
            return Response(value: stored.value)
        }
        routes.write(.patch, "\(prefix)/{}") { try await self.update($0) }
        routes.write(.delete, "\(prefix)/{}") { request in
            let id = try await self.id(request.id, request)
            guard try await DocumentStore(self.context, request).delete(Self.kind, id) else { throw Self.missing(id) }
            return .emptyObject
        }
    }

    /// The user that `text` names; `me` is the bearer.
    private func id(_ text: String, _ request: DatabricksRequest) async throws -> String {
        guard text == "me" else { return text }
        return try await ScimService(context: self.context).bearer(request)["id"]?.string ?? text
    }

    private static func missing(_ id: String) -> DatabricksError {
        .missing("There is no default warehouse override for \(id).")
    }

    private static func document(_ sent: JSONValue, id: String) throws(DatabricksError) -> JSONValue {
        var document: JSONValue = [
            "name": .string("\(self.collection)/\(id)"), "default_warehouse_override_id": .string(id),
        ]
        switch sent["type"]?.string {
        case "LAST_SELECTED": document["type"] = "LAST_SELECTED"
        case "CUSTOM":
            guard let warehouse = sent["warehouse_id"]?.string, !warehouse.isEmpty else {
                throw .invalid("An override of type CUSTOM needs a warehouse_id")
            }
            document["type"] = "CUSTOM"
            document["warehouse_id"] = .string(warehouse)
        case let type: throw .invalid("type '\(type ?? "")'; LAST_SELECTED or CUSTOM is expected")
        }
        return document
    }

    private func list(_ request: DatabricksRequest) async throws -> Response {
        let size = try request.integer("page_size", in: 0...Int(Int32.max)) ?? 0
        let token = PageToken(list: Self.kind)
        let page = try await DocumentStore(self.context, request).page(
            Self.kind,
            after: try token.id(in: try request.string("page_token")),
            limit: size == 0 ? Self.pageMax : min(size, Self.pageMax)
        )
        var answer: JSONValue = ["default_warehouse_overrides": .array(page.documents.map(\.value))]
        if page.hasMore, let last = page.documents.last {
            answer["next_page_token"] = .string(token.text(after: last.id))
        }
        return Response(value: answer)
    }

    private func update(_ request: DatabricksRequest) async throws -> Response {
        let id = try await self.id(request.id, request)
        let store = DocumentStore(self.context, request)
        let changed = try await store.update(Self.kind, id) { stored in
            var sent = stored
            for member in ["type", "warehouse_id"] { sent[member] = request.body[member] ?? stored[member] }
            return try Self.document(sent, id: id)
        }
        if let changed { return Response(value: changed) }
        guard try request.flag("allow_missing") else { throw Self.missing(id) }
        let document = try Self.document(request.body, id: id)
        return Response(value: document).stamped(try await store.create(Self.kind, id, document))
    }
}
