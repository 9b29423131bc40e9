internal import Hummingbird
internal import TarnCore

/// `/api/2.0/preview/sql/*`: the first API of queries, dashboards and alerts, whose pages are numbered from one.
struct LegacySQLDocuments: Sendable {
    private static let stamps: [DocumentShape.Stamp] = [.createdText("created_at"), .updatedText("updated_at")]
    private static let kinds = ["queries", "dashboards", "alerts"]

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        for name in Self.kinds {
            let shape = DocumentShape(
                kind: "legacy_\(name)",
                title: "Object",
                idMember: "id",
                idForm: .uuid,
                listMember: "results",
                stamps: name == "alerts" ? Self.stamps : Self.stamps + [.fixed("is_archived", false)],
                paging: nil,
                missing: { DatabricksError(404, "NOT_FOUND", "Object with id \($0) was not found") }
            )
            self.register(DocumentService(context: self.context, shape: shape), name, in: &routes)
        }
        routes.get("/api/2.0/preview/sql/data_sources") { _ in Response(value: .array([])) }
    }

    private func register(_ service: DocumentService, _ name: String, in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/preview/sql/\(name)"
        routes.write(.post, prefix) { Response(value: try await service.create(Self.withQuery($0))) }
        routes.get(prefix) { request in
            let all = try await service.list(request)["results"]?.items ?? []
            // Alerts come as a bare list.
            if name == "alerts" { return Response(value: .array(all)) }
            return Response(value: try Self.page(all, request))
        }
        routes.get("\(prefix)/{}") { Response(value: try await service.get($0.id, $0)) }
        for method in name == "alerts" ? ["PUT"] : ["POST"] {
            routes.write(method == "PUT" ? .put : .post, "\(prefix)/{}") { request in
                Response(value: try await service.change(request.id, isWhole: false, Self.withQuery(request)))
            }
        }
        routes.write(.delete, "\(prefix)/{}") { request in
            try await service.delete(request.id, request)
            return .emptyObject
        }
        if name == "alerts" { return }
        routes.write(.post, "\(prefix)/trash/{}") { request in
            _ = try await service.get(request.id, request)
            return .emptyObject
        }
    }

    /// The request with the query that it names as the object that answers show.
    private static func withQuery(_ request: DatabricksRequest) -> DatabricksRequest {
        guard let id = request.body["query_id"] else { return request }
        var body = request.body.without("query_id")
        body["query"] = ["id": id]
        return request.with(body: body)
    }

    private static func page(_ all: [JSONValue], _ request: DatabricksRequest) throws -> JSONValue {
        let number = try request.integer("page", in: 1...Int(Int32.max)) ?? 1
        let size = try request.integer("page_size", in: 1...250) ?? 25
        var found = all
        if let text = try request.string("q")?.lowercased(), !text.isEmpty {
            found = found.filter { ($0["name"]?.string ?? "").lowercased().contains(text) }
        }
        let page = found.dropFirst((number - 1) * size).prefix(size)
        return [
            "count": .integer(found.count), "page": .integer(number), "page_size": .integer(size),
            "results": .array(Array(page)),
        ]
    }
}
