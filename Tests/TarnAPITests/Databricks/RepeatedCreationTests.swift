import HTTPTypes
import TarnNode
import Testing

@testable import TarnAPI

/// Requests that are sent again under their number: what they made then is the answer.
@Suite struct RepeatedCreationTests {
    struct Creation: Sendable, CustomTestStringConvertible {
        let target: String
        let body: String
        let id: String
        var testDescription: String { self.target }
    }

    private static let scim = "/api/2.0/preview/scim/v2"

    @Test(arguments: [
        Creation(target: "/api/2.2/jobs/create", body: #"{"name": "j"}"#, id: "job_id"),
        Creation(target: "/api/2.0/clusters/create", body: #"{"spark_version": "15"}"#, id: "cluster_id"),
        Creation(target: "/api/2.0/policies/clusters/create", body: #"{"name": "p"}"#, id: "policy_id"),
        Creation(target: "/api/2.0/sql/warehouses", body: #"{"name": "w"}"#, id: "id"),
        Creation(target: "/api/2.0/pipelines", body: #"{"name": "p"}"#, id: "pipeline_id"),
        Creation(target: "\(scim)/Users", body: #"{"userName": "u@example.com"}"#, id: "id"),
        Creation(target: "\(scim)/Groups", body: #"{"displayName": "g"}"#, id: "id"),
        Creation(
            target: "/api/2.0/repos",
            body: #"{"url": "https://example.com/r.git", "provider": "gitHub", "path": "/Shared/r"}"#,
            id: "id"
        ),
        Creation(target: "/api/2.0/lakeview/dashboards", body: #"{"display_name": "d"}"#, id: "dashboard_id"),
    ])
    func theIdThatWasStoredIsToldAgain(_ creation: Creation) async throws {
        try await APITest.run { node, client async throws in
            let headers = ["Tarn-Request": "ci/1"]
            let first = try await client.send(.post, creation.target, creation.body, headers: headers)
            #expect(first.status < 300, "\(first.text)")
            let head = node.head.op
            let again = try await client.send(.post, creation.target, creation.body, headers: headers)
            #expect(again.status == first.status, "\(again.text)")
            #expect(try "\(again.json[creation.id] ?? 0)" == "\(first.json[creation.id] ?? 1)")
            #expect(node.head.op == head)
            let other = try await client.send(
                .post,
                creation.target,
                creation.body.replacing("\": \"", with: "\": \"x"),
                headers: ["Tarn-Request": "ci/2"]
            )
            #expect(try other.status >= 300 || "\(other.json[creation.id] ?? 0)" != "\(first.json[creation.id] ?? 1)")
        }
    }

    @Test func theAnswerIsWhatWasMadeThenAndNotWhatItBecame() async throws {
        try await APITest.run { _, client async throws in
            let headers = ["Tarn-Request": "ci/1"]
            let user = #"{"userName": "u@example.com", "displayName": "U"}"#
            let made = try await client.send(.post, "\(Self.scim)/Users", user, headers: headers)
            let path = "\(Self.scim)/Users/\(try made.string("id"))"
            #expect(try await client.send(.delete, path).status == 204)
            let again = try await client.send(.post, "\(Self.scim)/Users", user, headers: headers)
            #expect(again.text == made.text)
            #expect(try await client.get(path).status == 404)
        }
    }

    @Test func aNumberThatDidSomethingElseMakesNothing() async throws {
        try await APITest.run { _, client async throws in
            let headers = ["Tarn-Request": "ci/1"]
            let put = try await client.send(.put, "/v1/content/workspace/n", "1", headers: headers)
            #expect(put.status == 201)
            let answer = try await client.send(.post, "/api/2.2/jobs/create", #"{"name": "j"}"#, headers: headers)
            #expect(answer.status == 409)
            #expect(answer.errorCode == "RESOURCE_CONFLICT")
            #expect(try await client.get("/api/2.2/jobs/list").json["jobs"] == nil)
        }
    }
}
