internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Instance pools, cluster policies, init scripts, instance profiles, libraries and commands.
struct ComputeDocuments: Sendable {
    private static let pools = DocumentShape(
        kind: "instance_pool",
        title: "Instance pool",
        idMember: "instance_pool_id",
        idForm: .prefixed("pool"),
        listMember: "instance_pools",
        required: ["instance_pool_name", "node_type_id"],
        unique: "instance_pool_name",
        stamps: [
            .fixed("state", "ACTIVE"), .fixed("min_idle_instances", 0),
            .fixed("stats", ["used_count": 0, "idle_count": 0, "pending_used_count": 0, "pending_idle_count": 0]),
        ],
        paging: nil,
        missing: { .missing("Can't find an instance pool with id: \($0)") }
    )
    private static let policies = DocumentShape(
        kind: "cluster_policy",
        title: "Cluster policy",
        idMember: "policy_id",
        idForm: .hex,
        listMember: "policies",
        unique: "name",
        stamps: [
            .user("creator_user_name"), .createdMilliseconds("created_at_timestamp"), .fixed("is_default", false),
        ],
        paging: nil,
        missing: { .missing("Can't find a cluster policy with id: \($0)") }
    )
    private static let scripts = DocumentShape(
        kind: "global_init_script",
        title: "Global init script",
        idMember: "script_id",
        idForm: .hex,
        listMember: "scripts",
        required: ["name", "script"],
        stamps: [
            .user("created_by"), .createdMilliseconds("created_at"), .updatedMilliseconds("updated_at"),
            .fixed("enabled", false), .fixed("position", 0),
        ],
        unlistedMembers: ["script"],
        paging: nil,
        missing: { .missing("Global init script \($0) does not exist") }
    )

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        VerbDocuments(service: self.service(Self.pools), prefix: "/api/2.0/instance-pools").register(in: &routes)
        VerbDocuments(service: self.service(Self.policies), prefix: "/api/2.0/policies/clusters").register(in: &routes)
        ResourceDocuments(
            service: self.service(Self.scripts),
            prefix: "/api/2.0/global-init-scripts",
            created: .id,
            changesSilently: true
        )
        .register(in: &routes)
        routes.get("/api/2.0/policy-families") { _ in Response(value: ["policy_families": []]) }
        routes.get("/api/2.0/policy-families/{}") { request in
            throw DatabricksError.missing("Policy family \(request.id) does not exist")
        }
        self.registerProfiles(in: &routes)
        self.registerLibraries(in: &routes)
        for (method, call) in [
            ("get", "commands/status"), ("get", "contexts/status"), ("post", "commands/cancel"),
            ("post", "commands/execute"), ("post", "contexts/create"), ("post", "contexts/destroy"),
        ] {
            routes.cannotRun(method == "get" ? .get : .post, "/api/1.2/\(call)", call)
        }
    }

    private func service(_ shape: DocumentShape) -> DocumentService {
        DocumentService(context: self.context, shape: shape)
    }

    // MARK: Instance profiles

    private static let profileKind = "instance_profile"

    /// An ARN holds slashes, and no id does.
    private static func profileID(_ arn: String) -> String { Base64.encodeForURL(Array(arn.utf8)) }

    private func registerProfiles(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/instance-profiles"
        routes.get("\(prefix)/list") { request in
            let profiles = try await DocumentStore(self.context, request).list(Self.profileKind)
            return Response(value: ["instance_profiles": .array(profiles.map(\.value))])
        }
        for action in ["add", "edit"] {
            routes.write(.post, "\(prefix)/\(action)", .whole(.admin)) { request in
                let arn = try request.requiredString("instance_profile_arn")
                let store = DocumentStore(self.context, request)
                let profile = request.body.without("skip_validation")
                if action == "add" {
                    do {
                        try await store.create(Self.profileKind, Self.profileID(arn), profile)
                    } catch let error as NodeError where error.code == .conflict {
                        throw DatabricksError.exists("Instance profile \(arn) already exists")
                    }
                } else if try await store.update(Self.profileKind, Self.profileID(arn), { _ in profile }) == nil {
                    throw Self.missingProfile(arn)
                }
                return .emptyObject
            }
        }
        routes.write(.post, "\(prefix)/remove", .whole(.admin)) { request in
            let arn = try request.requiredString("instance_profile_arn")
            guard try await DocumentStore(self.context, request).delete(Self.profileKind, Self.profileID(arn)) else {
                throw Self.missingProfile(arn)
            }
            return .emptyObject
        }
    }

    private static func missingProfile(_ arn: String) -> DatabricksError {
        .missing("Instance profile \(arn) does not exist")
    }

    // MARK: Libraries

    private func registerLibraries(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/libraries"
        routes.get("\(prefix)/all-cluster-statuses") { _ in Response(value: ["statuses": []]) }
        routes.get("\(prefix)/cluster-status") { request in
            let id = try request.requiredString("cluster_id")
            guard try await DocumentStore(self.context, request).get("cluster", id) != nil else {
                throw DatabricksError.invalid("Cluster \(id) does not exist")
            }
            return Response(value: ["cluster_id": .string(id), "library_statuses": []])
        }
        for action in ["install", "uninstall"] {
            routes.cannotRun(.post, "\(prefix)/\(action)", "libraries/\(action)")
        }
    }
}
