import HTTPTypes
import TarnCore
import Testing

@testable import TarnAPI

/// Services that differ in nothing but their table entry behave alike.
@Suite struct DocumentRouteTests {
    struct Resource: Sendable, CustomTestStringConvertible {
        let prefix: String
        let body: String
        let id: String
        let list: String
        var testDescription: String { self.prefix }
    }

    private static let resources = [
        Resource(prefix: "/api/2.0/sql/queries", body: #"{"query": {"display_name": "q"}}"#, id: "id", list: "results"),
        Resource(prefix: "/api/2.0/sql/alerts", body: #"{"alert": {"display_name": "a"}}"#, id: "id", list: "results"),
        Resource(prefix: "/api/2.0/alerts", body: #"{"display_name": "a"}"#, id: "id", list: "alerts"),
        Resource(prefix: "/api/2.0/sql/warehouses", body: #"{"name": "w"}"#, id: "id", list: "warehouses"),
        Resource(
            prefix: "/api/2.0/lakeview/dashboards",
            body: #"{"display_name": "d", "serialized_dashboard": "{}"}"#,
            id: "dashboard_id",
            list: "dashboards"
        ),
        Resource(prefix: "/api/2.0/pipelines", body: #"{"name": "p"}"#, id: "pipeline_id", list: "statuses"),
        Resource(
            prefix: "/api/2.0/global-init-scripts",
            body: #"{"name": "s", "script": "ZQ=="}"#,
            id: "script_id",
            list: "scripts"
        ),
    ]

    @Test(arguments: Self.resources)
    func aDocumentIsMadeShownListedAndDeleted(_ resource: Resource) async throws {
        try await APITest.run { _, client async throws in
            let made = try await client.send(.post, resource.prefix, resource.body)
            #expect(made.status == 200, "\(made.text)")
            let id = try made.string(resource.id)
            let shown = try await client.get("\(resource.prefix)/\(id)")
            #expect(try shown.string(resource.id) == id)
            let list = try await client.get(resource.prefix)
            #expect(try list.names(resource.list, resource.id) == [id])
            #expect(try await client.send(.delete, "\(resource.prefix)/\(id)").text == "{}")
            let gone = try await client.get("\(resource.prefix)/\(id)")
            #expect(gone.status == 404)
            #expect(gone.errorCode == "RESOURCE_DOES_NOT_EXIST")
            #expect(try await client.send(.delete, "\(resource.prefix)/\(id)").status == 404)
        }
    }

    @Test func aMaskSaysWhichMembersChange() async throws {
        try await APITest.run { _, client async throws in
            let made = try await client.send(
                .post,
                "/api/2.0/sql/queries",
                #"{"query": {"display_name": "q", "query_text": "SELECT 1"}}"#
            )
            let id = try made.string("id")
            let changed = try await client.send(
                .patch,
                "/api/2.0/sql/queries/\(id)",
                #"{"update_mask": "query_text", "query": {"display_name": "other", "query_text": "SELECT 2"}}"#
            )
            #expect(try changed.string("display_name") == "q")
            #expect(try changed.string("query_text") == "SELECT 2")
        }
    }

    @Test func aPageTokenHoldsForItsOwnListOnly() async throws {
        try await APITest.run { _, client async throws in
            for _ in 0..<3 { _ = try await client.send(.post, "/api/2.0/sql/queries", #"{"query": {}}"#) }
            let first = try await client.get("/api/2.0/sql/queries?page_size=2")
            #expect(try first.list("results").count == 2)
            let token = try first.string("next_page_token")
            let second = try await client.get("/api/2.0/sql/queries?page_size=2&page_token=\(token)")
            #expect(try second.list("results").count == 1)
            #expect(try second.json["next_page_token"] == nil)
            let foreign = try await client.get("/api/2.0/sql/alerts?page_token=\(token)")
            #expect(foreign.status == 400)
            #expect(foreign.errorCode == "INVALID_PARAMETER_VALUE")
        }
    }

    @Test func aClusterIsStoredTerminatedAndDoesNotStart() async throws {
        try await APITest.run { _, client async throws in
            let made = try await client.send(
                .post,
                "/api/2.1/clusters/create",
                #"{"cluster_name": "c", "spark_version": "15.4.x-scala2.12", "num_workers": 1}"#
            )
            let id = try made.string("cluster_id")
            let shown = try await client.get("/api/2.0/clusters/get?cluster_id=\(id)")
            #expect(try shown.string("state") == "TERMINATED")
            #expect(try shown.string("cluster_name") == "c")
            let body = #"{"cluster_id": "\#(id)"}"#
            #expect(try await client.send(.post, "/api/2.1/clusters/start", body).status == 501)
            #expect(try await client.send(.post, "/api/2.1/clusters/pin", body).text == "{}")
            #expect(try await client.send(.post, "/api/2.1/clusters/permanent-delete", body).text == "{}")
            let gone = try await client.get("/api/2.1/clusters/get?cluster_id=\(id)")
            #expect(gone.status == 400)
            #expect(try gone.string("message") == "Cluster \(id) does not exist")
        }
    }

    @Test func workspacesDoNotSeeEachOthersDocuments() async throws {
        try await APITest.run { _, client async throws in
            _ = try await client.send(.post, "/api/2.0/sql/warehouses", #"{"name": "w"}"#)
            let other = try await client.get("/w/other/api/2.0/sql/warehouses")
            #expect(try other.list("warehouses").isEmpty)
        }
    }

    @Test func permissionsAreMergedByPrincipalAndReplacedAsAWhole() async throws {
        try await APITest.run { _, client async throws in
            let path = "/api/2.0/permissions/jobs/7"
            func entry(_ user: String, _ level: String) -> String {
                #"{"access_control_list": [{"user_name": "\#(user)", "permission_level": "\#(level)"}]}"#
            }
            _ = try await client.send(.put, path, entry("ann", "CAN_VIEW"))
            _ = try await client.send(.patch, path, entry("bob", "CAN_MANAGE"))
            _ = try await client.send(.patch, path, entry("ann", "CAN_MANAGE_RUN"))
            let merged = try await client.get(path)
            #expect(try merged.string("object_id") == "/jobs/7")
            #expect(try merged.string("object_type") == "job")
            #expect(try merged.names("access_control_list", "user_name") == ["bob", "ann"])
            let whole = try await client.send(.put, path, entry("eve", "IS_OWNER"))
            #expect(try whole.names("access_control_list", "user_name") == ["eve"])
            #expect(try await client.send(.put, path, entry("eve", "CAN_FLY")).status == 400)
            let levels = try await client.get("\(path)/permissionLevels")
            #expect(try levels.names("permission_levels", "permission_level").contains("CAN_MANAGE_RUN"))
        }
    }

    @Test func workspaceSettingsComeBackAsText() async throws {
        try await APITest.run { _, client async throws in
            let path = "/api/2.0/workspace-conf"
            #expect(try await client.send(.patch, path, #"{"enableX": "false"}"#).status == 200)
            let shown = try await client.get("\(path)?keys=enableX,enableY").json
            #expect(shown["enableX"] as? String == "false")
            #expect(shown.keys.contains("enableY"))
        }
    }
}
