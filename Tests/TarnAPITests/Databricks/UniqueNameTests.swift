import Foundation
import HTTPTypes
import TarnCore
import Testing

@testable import TarnAPI

/// Creators at the same time: each has seen that the name is free before any of them writes.
@Suite struct UniqueNameTests {
    struct Creation: Sendable, CustomTestStringConvertible {
        let target: String
        let body: String
        var method = HTTPRequest.Method.post
        let refusal: (status: Int, code: String)
        var testDescription: String { "\(self.target)" }
    }

    private static let creatorsCount = 8
    private static let exists = (status: 400, code: "RESOURCE_ALREADY_EXISTS")
    private static let conflict = (status: 409, code: "RESOURCE_CONFLICT")
    private static let scim = "/api/2.0/preview/scim/v2"

    private static let creations = [
        Creation(target: "/api/2.0/policies/clusters/create", body: #"{"name": "p"}"#, refusal: exists),
        Creation(
            target: "/api/2.0/instance-pools/create",
            body: #"{"instance_pool_name": "p", "node_type_id": "n"}"#,
            refusal: exists
        ),
        Creation(target: "/api/2.0/sql/warehouses", body: #"{"name": "w"}"#, refusal: exists),
        Creation(target: "/api/2.0/pipelines", body: #"{"name": "p"}"#, refusal: conflict),
        Creation(target: "/api/2.0/secrets/scopes/create", body: #"{"scope": "s"}"#, refusal: exists),
        Creation(target: "\(scim)/Groups", body: #"{"displayName": "g"}"#, refusal: conflict),
        Creation(target: "/api/2.0/groups/create", body: #"{"group_name": "g"}"#, refusal: exists),
        Creation(target: "\(scim)/Users", body: #"{"userName": "u@example.com"}"#, refusal: conflict),
        Creation(target: "\(scim)/ServicePrincipals", body: #"{"applicationId": "a"}"#, refusal: conflict),
        Creation(
            target: "/api/2.0/instance-profiles/add",
            body: #"{"instance_profile_arn": "arn:aws:iam::1:instance-profile/p"}"#,
            refusal: exists
        ),
        Creation(
            target: "/api/2.0/repos",
            body: #"{"url": "https://example.com/r.git", "provider": "gitHub", "path": "/Shared/r"}"#,
            refusal: exists
        ),
        Creation(
            target: "/api/2.0/workspace/import",
            body: #"{"path": "/Shared/n", "language": "PYTHON", "content": "MQ=="}"#,
            refusal: exists
        ),
        Creation(target: "/api/2.0/dbfs/put", body: #"{"path": "/f", "contents": "MQ=="}"#, refusal: exists),
        Creation(
            target: "/api/2.0/fs/files/Volumes/a/b/c/f",
            body: "content",
            method: .put,
            refusal: (409, "ALREADY_EXISTS")
        ),
    ]

    private static func send(
        _ creation: Creation,
        _ number: Int,
        to client: APITest.Client
    ) async throws -> APITest.Answer {
        // The bodies of files differ, so that each creator has something to write.
        let body = creation.body.replacingOccurrences(of: "MQ==", with: "MDA\(number)")
        return try await client.send(creation.method, creation.target, body)
    }

    @Test(arguments: Self.creations)
    func oneOfManyCreatorsAtTheSameTimeGetsTheName(_ creation: Creation) async throws {
        try await APITest.run { node, client async throws in
            node.gather(commits: Self.creatorsCount)
            let answers = try await withThrowingTaskGroup(of: APITest.Answer.self) { group in
                for number in 0..<Self.creatorsCount {
                    group.addTask { try await Self.send(creation, number, to: client) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let refused = answers.filter { $0.status >= 300 }
            #expect(refused.count == Self.creatorsCount - 1, "\(answers.map(\.text))")
            for answer in refused {
                #expect(answer.status == creation.refusal.status, "\(answer.text)")
                #expect(answer.errorCode == creation.refusal.code)
            }
            let late = try await Self.send(creation, 9, to: client)
            #expect(late.errorCode == creation.refusal.code)
        }
    }

    @Test func aNameIsFreeAgainAfterARenamingAndAfterADeletion() async throws {
        try await APITest.run { _, client async throws in
            let groups = "\(Self.scim)/Groups"
            let first = try await client.send(.post, groups, #"{"displayName": "a"}"#).string("id")
            let rename = #"{"Operations": [{"op": "replace", "path": "displayName", "value": "b"}]}"#
            #expect(try await client.send(.patch, "\(groups)/\(first)", rename).status == 200)
            #expect(try await client.send(.post, groups, #"{"displayName": "b"}"#).status == 409)
            let second = try await client.send(.post, groups, #"{"displayName": "a"}"#).string("id")
            #expect(try await client.send(.patch, "\(groups)/\(second)", rename).status == 409)
            #expect(try await client.get("\(groups)/\(second)").string("displayName") == "a")
            #expect(try await client.send(.delete, "\(groups)/\(first)").status == 204)
            #expect(try await client.send(.patch, "\(groups)/\(second)", rename).status == 200)
        }
    }

    @Test func aNameWhoseDocumentWasDeletedByAnotherWayIsNotLost() async throws {
        try await APITest.run { node, client async throws in
            let target = "/api/2.0/policies/clusters/create"
            let id = try await client.send(.post, target, #"{"name": "p"}"#).string("policy_id")
            try await node.change("/meta/cluster_policy/main/\(id).json", .delete(recursive: false))
            let next = try await client.send(.post, target, #"{"name": "p"}"#)
            #expect(next.status == 200, "\(next.text)")
            #expect(try await client.send(.post, target, #"{"name": "p"}"#).status == 400)
        }
    }

    @Test func aDocumentThatCameByAnotherWayKeepsItsName() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/user/main/1.json", #"{"id": "1", "userName": "u"}"#)
            #expect(try await client.send(.post, "\(Self.scim)/Users", #"{"userName": "u"}"#).status == 409)
            #expect(try await client.send(.delete, "\(Self.scim)/Users/1").status == 204)
            #expect(try await client.send(.post, "\(Self.scim)/Users", #"{"userName": "u"}"#).status == 201)
        }
    }
}
