internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/api/2.x/clusters/*`: what clusters are like. None of them runs here, so each is terminated.
struct ClustersService: Sendable {
    private static let shape = DocumentShape(
        kind: "cluster",
        title: "Cluster",
        idMember: "cluster_id",
        idForm: .dated,
        listMember: "clusters",
        required: ["spark_version"],
        stamps: [
            .user("creator_user_name"), .createdMilliseconds("start_time"), .createdMilliseconds("terminated_time"),
            .fixed("state", "TERMINATED"), .fixed("state_message", "A mirror stores clusters and runs none."),
            .fixed("cluster_source", "API"), .fixed("cluster_name", ""),
        ],
        paging: .init(sizeDefault: 20, sizeMax: 100),
        missing: { .invalid("Cluster \($0) does not exist") }
    )

    let context: DatabricksContext
    private var service: DocumentService { DocumentService(context: self.context, shape: Self.shape) }

    func register(in routes: inout DatabricksRoutes) {
        for version in ["2.0", "2.1"] {
            let prefix = "/api/\(version)/clusters"
            VerbDocuments(service: self.service, prefix: prefix, deletes: false).register(in: &routes)
            self.registerChanges(prefix, in: &routes)
            for action in ["start", "restart", "resize"] {
                routes.cannotRun(.post, "\(prefix)/\(action)", "clusters/\(action)")
            }
            routes.ask("\(prefix)/events") { request in
                _ = try await self.service.get(try request.requiredString("cluster_id"), request)
                return Response(value: ["events": [], "total_count": 0])
            }
            routes.get("\(prefix)/spark-versions") { _ in Response(value: ["versions": ComputeCatalog.runtimes]) }
            routes.get("\(prefix)/list-node-types") { _ in Response(value: ["node_types": ComputeCatalog.nodeTypes]) }
            routes.get("\(prefix)/list-zones") { _ in
                Response(value: ["zones": ["us-east-1a"], "default_zone": "us-east-1a"])
            }
        }
    }

    private func registerChanges(_ prefix: String, in routes: inout DatabricksRoutes) {
        // It ends a cluster that runs; here it has ended already.
        routes.write(.post, "\(prefix)/delete") { request in
            _ = try await self.service.get(try request.requiredString("cluster_id"), request)
            return .emptyObject
        }
        routes.write(.post, "\(prefix)/permanent-delete") { request in
            try await self.service.delete(try request.requiredString("cluster_id"), request)
            return .emptyObject
        }
        routes.write(.post, "\(prefix)/update") { request in
            let sent = request.body["cluster"] ?? [:]
            let mask = try request.requiredString("update_mask")
            try await self.change(request) { cluster in
                for name in mask.split(separator: ",").map(String.init) { cluster[name] = sent[name] }
            }
            return .emptyObject
        }
        routes.write(.post, "\(prefix)/pin") { request in
            let user = request.userName
            try await self.change(request) { $0["pinned_by_user_name"] = .string(user) }
            return .emptyObject
        }
        routes.write(.post, "\(prefix)/unpin") { request in
            try await self.change(request) { $0["pinned_by_user_name"] = nil }
            return .emptyObject
        }
        routes.write(.post, "\(prefix)/change-owner", .whole(.admin)) { request in
            let owner = try request.requiredString("owner_username")
            try await self.change(request) { $0["creator_user_name"] = .string(owner) }
            return .emptyObject
        }
    }

    private func change(_ request: DatabricksRequest, _ change: (inout JSONValue) -> Void) async throws {
        let id = try request.requiredString("cluster_id")
        let changed = try await DocumentStore(self.context, request).update(Self.shape.kind, id) { cluster in
            var cluster = cluster
            change(&cluster)
            return cluster
        }
        if changed == nil { throw self.service.missing(id) }
    }
}
