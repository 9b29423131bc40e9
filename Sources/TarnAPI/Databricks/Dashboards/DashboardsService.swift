internal import Hummingbird
internal import TarnCore

/// `/api/2.0/lakeview/dashboards/*`: dashboards, what of them is published, and their schedules.
struct DashboardsService: Sendable {
    private static let shape = DocumentShape(
        kind: "dashboard",
        title: "Dashboard",
        idMember: "dashboard_id",
        idForm: .uuid,
        listMember: "dashboards",
        required: ["display_name"],
        stamps: [
            .createdText("create_time"), .updatedText("update_time"), .fixed("lifecycle_state", "ACTIVE"),
            .fixed("parent_path", "/Shared"), .etag("etag"),
        ],
        missing: { .missing("Unable to find dashboard [dashboardId=\($0)]") }
    )
    private static let publishedKind = "published_dashboard"

    let context: DatabricksContext
    private var service: DocumentService { DocumentService(context: self.context, shape: Self.shape) }

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/lakeview/dashboards"
        let service = self.service
        routes.write(.post, prefix, bodyBytesMax: Limits.documentBytesMax) { request in
            var document = try await service.create(request)
            document["path"] = .string(Self.path(document))
            return Response(value: document)
        }
        routes.get(prefix) { request in
            var answer = try await service.list(request)
            // Lists leave out what is large.
            answer["dashboards"] = .array(
                (answer["dashboards"]?.items ?? []).map { $0.without("serialized_dashboard") }
            )
            return Response(value: answer)
        }
        routes.get("\(prefix)/{}") { request in
            var document = try await service.get(request.id, request)
            document["path"] = .string(Self.path(document))
            return Response(value: document)
        }
        routes.write(.patch, "\(prefix)/{}", bodyBytesMax: Limits.documentBytesMax) { request in
            try await self.checkTag(request)
            return Response(value: try await service.change(request.id, isWhole: false, request))
        }
        routes.write(.delete, "\(prefix)/{}") { request in
            try await service.delete(request.id, request)
            return .emptyObject
        }
        self.registerPublished(prefix, in: &routes)
        DashboardSchedules(context: self.context).register(in: &routes)
    }

    private static func path(_ dashboard: JSONValue) -> String {
        "\(dashboard["parent_path"]?.string ?? "")/\(dashboard["display_name"]?.string ?? "").lvdash.json"
    }

    /// A change that names the version it was made from must not undo a later one.
    private func checkTag(_ request: DatabricksRequest) async throws {
        guard let tag = request.body["etag"]?.string, !tag.isEmpty else { return }
        let present = try await self.service.get(request.segments[0], request)["etag"]?.string
        if let present, present != tag {
            throw DatabricksError(
                409,
                "RESOURCE_CONFLICT",
                "The dashboard was changed meanwhile; its etag is \(present)"
            )
        }
    }

    // MARK: Published

    private func registerPublished(_ prefix: String, in routes: inout DatabricksRoutes) {
        let pattern = "\(prefix)/{}/published"
        routes.write(.post, pattern) { request in
            let id = request.segments[0]
            let dashboard = try await self.service.get(id, request)
            var published: JSONValue = [
                "display_name": dashboard["display_name"] ?? .null,
                "embed_credentials": request.body["embed_credentials"] ?? true,
                "revision_create_time": dashboard["update_time"] ?? .null,
            ]
            published["warehouse_id"] = request.body["warehouse_id"] ?? dashboard["warehouse_id"]
            // What reverting the draft brings back.
            published["serialized_dashboard"] = dashboard["serialized_dashboard"]
            try await DocumentStore(self.context, request).set(Self.publishedKind, id, published)
            return Response(value: published.without("serialized_dashboard"))
        }
        routes.get(pattern) { request in
            let id = request.segments[0]
            return Response(value: try await self.published(id, request).without("serialized_dashboard"))
        }
        routes.write(.delete, pattern) { request in
            let id = request.segments[0]
            guard try await DocumentStore(self.context, request).delete(Self.publishedKind, id) else {
                throw DatabricksError.missing("Unable to find published dashboard [dashboardId=\(id)]")
            }
            return .emptyObject
        }
        routes.cannotRun(.get, "\(pattern)/tokeninfo", "An embedded dashboard")
        routes.write(.post, "\(prefix)/{}/revert") { request in
            try await self.checkTag(request)
            return Response(value: ["dashboard": try await self.revert(request.segments[0], request)])
        }
        routes.unavailable(
            .post,
            "\(prefix)/migrate",
            "A dashboard of the old kind is converted in the Databricks workspace that is mirrored here; "
                + "what comes of it is mirrored then"
        )
    }

    private func published(_ id: String, _ request: DatabricksRequest) async throws -> JSONValue {
        guard let stored = try await DocumentStore(self.context, request).get(Self.publishedKind, id) else {
            throw DatabricksError.missing("Unable to find published dashboard [dashboardId=\(id)]")
        }
        return stored.value
    }

    /// The draft as it was published last.
    private func revert(_ id: String, _ request: DatabricksRequest) async throws -> JSONValue {
        let published = try await self.published(id, request)
        let changed = try await DocumentStore(self.context, request).update(Self.shape.kind, id) { draft in
            var sent: JSONValue = ["display_name": published["display_name"] ?? .null]
            sent["serialized_dashboard"] = published["serialized_dashboard"]
            return try Self.shape.merged(draft, with: sent, by: request.userName)
        }
        guard var changed else { throw Self.shape.missing(id) }
        changed["path"] = .string(Self.path(changed))
        return changed
    }
}
