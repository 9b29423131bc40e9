internal import Hummingbird
internal import TarnCore

/// `/api/2.0/sql/*` and `/api/2.0/alerts`: warehouses, queries, alerts and visualizations as documents; statements
/// cannot run here.
struct SQLDocuments: Sendable {
    private static let ownership: [DocumentShape.Stamp] = [
        .user("owner_user_name"), .createdText("create_time"), .updatedText("update_time"),
        .fixed("lifecycle_state", "ACTIVE"),
    ]
    private static let warehouses = DocumentShape(
        kind: "warehouse",
        title: "SQL warehouse",
        idMember: "id",
        idForm: .hex,
        listMember: "warehouses",
        required: ["name"],
        unique: "name",
        stamps: [
            .user("creator_name"), .fixed("state", "STOPPED"), .fixed("num_clusters", 0),
            .fixed("num_active_sessions", 0), .fixed("cluster_size", "Small"), .fixed("min_num_clusters", 1),
            .fixed("max_num_clusters", 1), .fixed("auto_stop_mins", 120), .fixed("warehouse_type", "CLASSIC"),
            .fixed("enable_photon", true), .fixed("enable_serverless_compute", false),
            .fixed("spot_instance_policy", "COST_OPTIMIZED"),
        ],
        missing: { .missing("The SQL warehouse with id '\($0)' was not found") }
    )
    private static let queries = DocumentShape(
        kind: "query",
        title: "Query",
        idMember: "id",
        idForm: .uuid,
        listMember: "results",
        envelope: "query",
        stamps: Self.ownership + [.user("last_modifier_user_name"), .fixed("run_as_mode", "OWNER")],
        missing: { .missing("Query with id '\($0)' does not exist.") }
    )
    private static let alerts = DocumentShape(
        kind: "alert",
        title: "Alert",
        idMember: "id",
        idForm: .uuid,
        listMember: "results",
        envelope: "alert",
        stamps: Self.ownership + [.fixed("state", "UNKNOWN")],
        missing: { .missing("Alert with id '\($0)' does not exist.") }
    )
    private static let alertsV2 = DocumentShape(
        kind: "alert_v2",
        title: "Alert",
        idMember: "id",
        idForm: .uuid,
        listMember: "alerts",
        stamps: Self.ownership,
        missing: { .missing("Alert with id '\($0)' does not exist.") }
    )
    private static let visualizations = DocumentShape(
        kind: "visualization",
        title: "Visualization",
        idMember: "id",
        idForm: .uuid,
        listMember: "results",
        envelope: "visualization",
        required: ["query_id"],
        stamps: [.createdText("create_time"), .updatedText("update_time")],
        filters: ["query_id"],
        missing: { .missing("Visualization with id '\($0)' does not exist.") }
    )

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        self.registerWarehouses(in: &routes)
        for (shape, prefix) in [
            (Self.queries, "/api/2.0/sql/queries"), (Self.alerts, "/api/2.0/sql/alerts"),
            (Self.alertsV2, "/api/2.0/alerts"), (Self.visualizations, "/api/2.0/sql/visualizations"),
        ] {
            ResourceDocuments(service: self.service(shape), prefix: prefix).register(in: &routes)
        }
        routes.get("/api/2.0/sql/queries/{}/visualizations") { request in
            let id = request.segments[0]
            _ = try await self.service(Self.queries).get(id, request)
            let found = try await DocumentStore(self.context, request).list(Self.visualizations.kind)
                .filter { $0.value["query_id"]?.string == id }
            return Response(value: ["results": .array(found.map(\.value))])
        }
        routes.cannotRun(.post, "/api/2.0/sql/statements", "A SQL statement")
        routes.get("/api/2.0/sql/statements/{}") { throw Self.missingStatement($0.id) }
        routes.get("/api/2.0/sql/statements/{}/result/chunks/{}") { throw Self.missingStatement($0.segments[0]) }
        routes.write(.post, "/api/2.0/sql/statements/{}/cancel") { throw Self.missingStatement($0.segments[0]) }
        routes.get("/api/2.0/sql/history/queries") { _ in Response(value: ["res": [], "has_next_page": false]) }
        LegacySQLDocuments(context: self.context).register(in: &routes)
        WarehouseOverrides(context: self.context).register(in: &routes)
    }

    private func service(_ shape: DocumentShape) -> DocumentService {
        DocumentService(context: self.context, shape: shape)
    }

    private static func missingStatement(_ id: String) -> DatabricksError {
        DatabricksError(404, "NOT_FOUND", "The statement \(id) was not found: none has run here")
    }

    // MARK: Warehouses

    private func registerWarehouses(in routes: inout DatabricksRoutes) {
        let service = self.service(Self.warehouses)
        let prefix = "/api/2.0/sql/warehouses"
        ResourceDocuments(service: service, prefix: prefix, change: nil, created: .id).register(in: &routes)
        routes.write(.post, "\(prefix)/{}/edit") { request in
            _ = try await service.change(request.segments[0], isWhole: false, request)
            return .emptyObject
        }
        routes.cannotRun(.post, "\(prefix)/{}/start", "A SQL warehouse")
        // It is stopped already.
        routes.write(.post, "\(prefix)/{}/stop") { request in
            _ = try await service.get(request.segments[0], request)
            return .emptyObject
        }
        routes.get("/api/2.0/sql/config/warehouses") { request in
            let stored = try await DocumentStore(self.context, request).get("warehouse_config", "config")
            return Response(value: stored?.value ?? ["security_policy": "DATA_ACCESS_CONTROL"])
        }
        routes.write(.put, "/api/2.0/sql/config/warehouses") { request in
            try await DocumentStore(self.context, request).set("warehouse_config", "config", request.body)
            return .emptyObject
        }
    }
}
