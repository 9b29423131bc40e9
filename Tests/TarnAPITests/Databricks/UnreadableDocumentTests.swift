import HTTPTypes
import TarnCore
import TarnMerkle
import TarnNode
import Testing

@testable import TarnAPI

/// Documents that cannot be read are not stored; those that came by another way hide no others.
@Suite struct UnreadableDocumentTests {
    private static let users = "/api/2.0/preview/scim/v2/Users"

    private static func nested(_ count: Int) -> String {
        String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }

    @Test func aBodyThatIsNestedTooDeeplyForItsDocumentIsRefused() async throws {
        try await APITest.run { node, client async throws in
            // As deep as a body may be, and a job holds it one level deeper.
            let body = #"{"name": "deep", "tags": \#(Self.nested(63))}"#
            let answer = try await client.send(.post, "/api/2.1/jobs/create", body)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
            #expect(node.commitCount == 0)
            let fitting = #"{"name": "fits", "tags": \#(Self.nested(62))}"#
            #expect(try await client.send(.post, "/api/2.1/jobs/create", fitting).status == 200)
            #expect(try await client.get("/api/2.1/jobs/list").list("jobs").count == 1)
        }
    }

    @Test(arguments: ["no JSON", "[]", #"{"settings": \#(nested(64))}"#])
    func aBrokenJobIsLeftOutOfListsAndCanBeDeleted(_ text: String) async throws {
        try await APITest.run { node, client async throws in
            #expect(try await client.send(.post, "/api/2.1/jobs/create", #"{"name": "whole"}"#).status == 200)
            try await node.write("/meta/job/main/5.json", text)
            for query in ["", "?name=whole"] {
                #expect(try await client.get("/api/2.1/jobs/list\(query)").list("jobs").count == 1, "\(query)")
            }
            let broken = try await client.get("/api/2.1/jobs/get?job_id=5")
            #expect(broken.status == 500)
            #expect(broken.errorCode == "DATA_LOSS")
            #expect(try await client.send(.post, "/api/2.1/jobs/delete", #"{"job_id": 5}"#).status == 200)
            #expect(node["/meta/job/main/5.json"] == nil)
            #expect(try await client.send(.post, "/api/2.1/jobs/delete", #"{"job_id": 5}"#).status == 400)
        }
    }

    @Test func aBrokenUserKeepsNobodyOut() async throws {
        try await APITest.run { node, client async throws in
            #expect(try await client.send(.post, Self.users, #"{"userName": "ann"}"#).status == 201)
            try await node.write("/meta/user/main/9.json", #"{"userName": \#(Self.nested(70))}"#)
            #expect(try await client.get("/api/2.0/preview/scim/v2/Me", token: APITest.reader).status == 200)
            #expect(try await client.get(Self.users).names("Resources", "userName").contains("ann"))
            #expect(try await client.send(.post, Self.users, #"{"userName": "bob"}"#).status == 201)
            #expect(try await client.send(.delete, "\(Self.users)/9").status == 204)
            #expect(node["/meta/user/main/9.json"] == nil)
        }
    }

    @Test func aNameThatCannotBeReadIsTakenAnew() async throws {
        try await APITest.run { node, client async throws in
            let id = try await client.send(.post, Self.users, #"{"userName": "ann"}"#).string("id")
            let directory = try NamespacePath("/meta/name/main")
            let names = try await node.snapshot(at: nil).tree.children(of: directory, limit: 9)
            let name = try #require(names.first?.0)
            try await node.write(name.string, "broken")
            #expect(try await client.send(.post, Self.users, #"{"userName": "ann"}"#).status == 409)
            #expect(try await client.send(.delete, "\(Self.users)/\(id)").status == 204)
            #expect(try await client.send(.post, Self.users, #"{"userName": "ann"}"#).status == 201)
        }
    }

    @Test func pagesGoOnBehindBrokenDocuments() async throws {
        try await APITest.run { node, client async throws in
            let target = "/api/2.0/sql/queries"
            for _ in 0..<3 {
                #expect(try await client.send(.post, target, #"{"query": {"display_name": "q"}}"#).status == 200)
            }
            // Ids begin with the time, so these stand before and behind all others.
            for id in ["0", "00", "01", "02", "zz"] { try await node.write("/meta/query/main/\(id).json", "{") }
            var count = 0
            var pageCount = 0
            var token: String?
            repeat {
                let page = try await client.get("\(target)?page_size=1&page_token=\(token ?? "")")
                #expect(page.status == 200)
                count += try page.list("results").count
                token = try page.json["next_page_token"] as? String
                pageCount += 1
            } while token != nil && pageCount < 10
            #expect(count == 3)
        }
    }

    @Test(arguments: [8, 101, 20_000])
    func aPatchPathOfManyPartsIsRefused(_ dotCount: Int) async throws {
        try await APITest.run { node, client async throws in
            let id = try await client.send(.post, Self.users, #"{"userName": "ann"}"#).string("id")
            let before = node.commitCount
            let path = "a" + String(repeating: ".a", count: dotCount)
            for operation in [
                #"{"op": "add", "path": "\#(path)", "value": 1}"#, #"{"op": "replace", "value": {"\#(path)": 1}}"#,
            ] {
                let body = #"{"Operations": [\#(operation)]}"#
                #expect(try await client.send(.patch, "\(Self.users)/\(id)", body).status == 400)
            }
            #expect(node.commitCount == before)
            let name = #"{"Operations": [{"op": "add", "path": "name.givenName", "value": "Ann"}]}"#
            let patched = try await client.send(.patch, "\(Self.users)/\(id)", name)
            #expect((try patched.json["name"] as? [String: Any])?["givenName"] as? String == "Ann")
        }
    }
}
