import Foundation
import HTTPTypes
import Synchronization
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct ChangesRouteTests {
    private static func put(_ path: String, _ text: String, _ condition: String = "any") -> String {
        let digest = SHA256.digest(Array(text.utf8)).hex
        return "{\"path\":\"\(path)\",\"put\":{\"kind\":\"file\",\"sha256\":\"\(digest)\",\"size\":\(text.utf8.count),"
            + "\"manifest\":null,\"attributes\":{\"owner\":\"me\"}},\"if\":\"\(condition)\"}"
    }

    @Test func aSetIsAppliedAsAWhole() async throws {
        try await APITest.run { node, client async throws in
            _ = try await node.put(blobs: [Array("one".utf8)])
            try await node.write("/workspace/old", "x")
            try await node.write("/workspace/gone/a", "x")
            let body = """
                {"changes":[\(Self.put("/workspace/new", "one", "absent")),
                {"path":"/workspace/old","move":{"to":"/workspace/moved"}},
                {"path":"/workspace/gone","delete":{"recursive":true}},
                {"path":"/workspace/dir","put":{"kind":"directory"}}]}
                """
            let answer = try await client.send(
                .post,
                "/v1/changes",
                body,
                token: APITest.writer,
                headers: ["Content-Type": "application/json"]
            )
            #expect(answer.status == 200)
            #expect(try answer.number("op") == 3)
            #expect(try answer.number("changes") == 4)
            #expect(try answer.string("root") == node.head.root.hex)
            #expect(try answer.json["durable_at"] as? [String] == ["dc1"])
            #expect(node["/workspace/new"]?.attributes["owner"] == "me")
            #expect(node["/workspace/moved"] != nil)
            #expect(node["/workspace/gone"] == nil)
            #expect(node["/workspace/dir"]?.isDirectory == true)
        }
    }

    @Test func theCanonicalFormIsTakenToo() async throws {
        try await APITest.run { node, client async throws in
            let address = try await node.put(blobs: [[1]]).addresses[0]
            let entry = try Entry.file(content: address, size: 1)
            let set = try ChangeSet([
                Change(path: try NamespacePath("/tables/t"), precondition: .absent, action: .put(entry))
            ])
            let headers = ["Content-Type": "application/vnd.tarn.changes"]
            #expect(try await client.send(.post, "/v1/changes", bytes: set.encoded(), headers: headers).status == 200)
            #expect(try await client.send(.post, "/v1/changes", bytes: set.encoded(), headers: headers).status == 409)
            #expect(try await client.send(.post, "/v1/changes", bytes: [7], headers: headers).status == 400)
        }
    }

    @Test func conditionsAreKept() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "one")
            let entry = try #require(node["/workspace/a"])
            _ = try await node.put(blobs: [Array("two".utf8)])
            for (condition, status) in [
                ("absent", 409), ("content:\(Digest.zero.hex)", 409), ("entry:\(Digest.zero.hex)", 409),
                ("content:\(entry.content.hex)", 200),
            ] {
                let body = "{\"changes\":[\(Self.put("/workspace/a", "two", condition))]}"
                #expect(try await client.send(.post, "/v1/changes", body).status == status, "\(condition)")
            }
            let current = try #require(node["/workspace/a"]).hash(SHA256.self).hex
            let delete = "{\"changes\":[{\"path\":\"/workspace/a\",\"delete\":{},\"if\":\"entry:\(current)\"}]}"
            #expect(try await client.send(.post, "/v1/changes", delete).status == 200)
        }
    }

    @Test func equalContentOrdersNothing() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "one")
            let entry = try #require(node["/workspace/a"])
            let digest = entry.content.hex
            let body = "{\"changes\":[{\"path\":\"/workspace/a\",\"put\":{\"sha256\":\"\(digest)\",\"size\":3}}]}"
            let answer = try await client.send(.post, "/v1/changes", body)
            #expect(try answer.number("changes") == 0)
            #expect(try answer.number("op") == 1)
        }
    }

    @Test(arguments: [
        "", "[]", "{\"changes\":{}}", "{\"change\":[]}", "{\"changes\":[{}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\"}]}",
        "{\"changes\":[{\"path\":\"relative\",\"delete\":{}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"delete\":{},\"move\":{\"to\":\"/workspace/b\"}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"delete\":{\"deep\":true}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"move\":{}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"put\":{\"size\":1}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"put\":{\"kind\":\"link\"}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"put\":{\"kind\":\"directory\",\"size\":3}}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"delete\":{},\"if\":\"maybe\"}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"delete\":{},\"if\":\"entry:12\"}]}",
        "{\"changes\":[{\"path\":\"/workspace/a\",\"delete\":{},\"iff\":\"any\"}]}",
        "{\"changes\":[]} trailing",
    ])
    func whatIsNoChangeSetIsRefused(_ body: String) async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "/v1/changes", body)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_REQUEST")
            #expect(node.commitCount == 0)
        }
    }

    @Test func protectedPathsNeedAnAdmin() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            for body in [
                "{\"changes\":[{\"path\":\"/meta/token/x.json\",\"delete\":{}}]}",
                "{\"changes\":[{\"path\":\"/workspace/a\",\"move\":{\"to\":\"/meta/secret/a\"}}]}",
            ] {
                #expect(try await client.send(.post, "/v1/changes", body, token: APITest.writer).status == 403)
            }
            #expect(
                try await client.send(.post, "/v1/changes", "{\"changes\":[]}", token: APITest.reader).status == 403
            )
        }
    }
}

/// What routes of their own reserve for admins, or for whom an access list names, reached by its path instead.
@Suite struct ReservedDocumentTests {
    private static let scope = "/meta/secret_scope/main/prod.json"
    private static let user = "/meta/user/main/1.json"
    private static let access = #"{"name": "prod", "acls": [{"principal": "writer", "permission": "MANAGE"}]}"#

    /// A scope of the admin's with a secret, a user, and a file of the writer's that could stand in their place.
    private static func prepare(_ node: FakeNode, _ client: APITest.Client) async throws {
        let secrets = "/api/2.0/secrets"
        for (target, body) in [
            ("\(secrets)/scopes/create", #"{"scope": "prod"}"#),
            ("\(secrets)/put", #"{"scope": "prod", "key": "k", "string_value": "hush"}"#),
        ] {
            #expect(try await client.send(.post, target, body).status == 200)
        }
        try await node.write(self.user, #"{"id": "1", "userName": "ann"}"#)
        try await node.write("/workspace/main/prod.json", self.access)
    }

    private static func expectUnchanged(_ node: FakeNode, _ client: APITest.Client, _ before: Op) async throws {
        #expect(node.head.op == before)
        let secret = try await client.get("/api/2.0/secrets/get?scope=prod&key=k", token: APITest.writer)
        #expect(secret.status == 403, "\(secret.text)")
    }

    @Test(arguments: [scope, user, "/meta/setting/main/a.b.json", "/meta/policy/retention.json"])
    func contentRoutesNeedAnAdmin(_ path: String) async throws {
        try await APITest.run { node, client async throws in
            try await Self.prepare(node, client)
            let before = node.head.op
            let target = "/v1/content\(path)"
            #expect(try await client.send(.put, target, Self.access, token: APITest.writer).status == 403)
            #expect(try await client.send(.delete, target, token: APITest.writer).status == 403)
            let directory = "/v1/content\(try #require(NamespacePath(path).parent))?recursive=true"
            #expect(try await client.send(.delete, directory, token: APITest.writer).status == 403)
            try await Self.expectUnchanged(node, client, before)
            #expect([200, 201].contains(try await client.send(.put, target, Self.access).status))
            #expect(try await client.send(.delete, target).status == 200)
        }
    }

    @Test(arguments: [scope, user])
    func changeSetsNeedAnAdmin(_ path: String) async throws {
        try await APITest.run { node, client async throws in
            try await Self.prepare(node, client)
            let before = node.head.op
            let digest = SHA256.digest(Array(Self.access.utf8)).hex
            let directory = try #require(NamespacePath(path).parent)
            for change in [
                #"{"path":"\#(path)","put":{"sha256":"\#(digest)","size":\#(Self.access.utf8.count)}}"#,
                #"{"path":"\#(path)","delete":{}}"#,
                #"{"path":"\#(directory)","delete":{"recursive":true}}"#,
                #"{"path":"\#(path)","move":{"to":"/workspace/main/stolen.json"}}"#,
                #"{"path":"\#(directory)","move":{"to":"/workspace/main/stolen"}}"#,
                #"{"path":"/workspace/main","move":{"to":"\#(directory.parent?.string ?? "")/other"}}"#,
                #"{"path":"/workspace/main/prod.json","move":{"to":"\#(directory)/new.json"}}"#,
            ] {
                let harmless = #"{"path":"/workspace/main/dir","put":{"kind":"directory"}}"#
                let body = #"{"changes":[\#(harmless),\#(change)]}"#
                let answer = try await client.send(.post, "/v1/changes", body, token: APITest.writer)
                #expect(answer.status == 403, "\(change)")
            }
            let set = try ChangeSet([Change(path: try NamespacePath(path), action: .delete(recursive: false))])
            let headers = ["Content-Type": "application/vnd.tarn.changes"]
            let binary = try await client.send(
                .post,
                "/v1/changes",
                bytes: set.encoded(),
                token: APITest.writer,
                headers: headers
            )
            #expect(binary.status == 403)
            try await Self.expectUnchanged(node, client, before)
            #expect(try await client.send(.post, "/v1/changes", bytes: set.encoded(), headers: headers).status == 200)
        }
    }

    @Test func anAccessListIsReadByAdminsAndUsersByAll() async throws {
        try await APITest.run { node, client async throws in
            try await Self.prepare(node, client)
            #expect(try await client.get("/v1/content\(Self.scope)", token: APITest.reader).status == 403)
            #expect(try await client.get("/v1/content\(Self.scope)").status == 200)
            #expect(try await client.get("/v1/content\(Self.user)", token: APITest.reader).status == 200)
        }
    }

    @Test func theServicesWriteWhatTheirRoutesAllow() async throws {
        try await APITest.run { node, client async throws in
            let created = try await client.send(
                .post,
                "/api/2.0/secrets/scopes/create",
                #"{"scope": "own"}"#,
                token: APITest.writer
            )
            #expect(created.status == 200)
            #expect(node["/meta/secret_scope/main/own.json"] != nil)
            let users = "/api/2.0/preview/scim/v2/Users"
            #expect(try await client.send(.post, users, #"{"userName": "bob"}"#).status == 201)
            #expect(try await client.send(.post, users, #"{"userName": "eve"}"#, token: APITest.writer).status == 403)
        }
    }
}

@Suite struct LogRouteTests {
    @Test func theLogIsReadPageByPage() async throws {
        try await APITest.run { node, client async throws in
            for number in 0..<3 { try await node.write("/workspace/f\(number)", "x") }
            let first = try await client.get("/v1/changes?limit=2")
            #expect(try first.list("entries").compactMap { $0["op"] as? Int } == [1, 2])
            #expect(try first.number("next") == 2)
            let entry = try #require(first.list("entries").first)
            #expect(entry["kind"] as? String == "change_set")
            #expect(entry["author"] as? String == "tester")
            #expect(entry["time"] as? String == "2023-11-14T22:13:21.000000Z")
            let second = try await client.get("/v1/changes?after=2")
            #expect(try second.list("entries").compactMap { $0["op"] as? Int } == [3])
            #expect(try second.json["next"] is NSNull)
            #expect(second.header("Tarn-Op") == "3")
            let hash = try first.list("entries")[1]["hash"] as? String
            #expect(try second.list("entries")[0]["parent"] as? String == hash)
        }
    }

    @Test func thePathsOfALogFollowMoves() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/old/a", "1")
            try await node.write("/workspace/other", "2")
            try await node.change("/workspace/old", .move(to: try NamespacePath("/workspace/new")))
            try await node.write("/workspace/old", "3")
            try await node.write("/workspace/new/a", "4")
            let log = try await client.get("/v1/changes?path=/workspace/new/a")
            #expect(try log.list("entries").compactMap { $0["op"] as? Int } == [1, 3, 5])
            #expect(try log.names("entries") == ["/workspace/old/a", "/workspace/new/a", "/workspace/new/a"])
            let page = try await client.get("/v1/changes?path=/workspace/new/a&limit=1")
            #expect(try page.list("entries").compactMap { $0["op"] as? Int } == [1])
            #expect(try page.number("next") == 1)
            let rest = try await client.get("/v1/changes?path=/workspace/new/a&limit=2&after=1")
            #expect(try rest.list("entries").compactMap { $0["op"] as? Int } == [3, 5])
            #expect(try rest.json["next"] is NSNull)
            #expect(try await client.get("/v1/changes?path=/workspace").list("entries").count == 5)
        }
    }

    @Test func aWatcherIsToldOfTheNextOp() async throws {
        try await APITest.run { node, client async throws in
            async let answer = client.get("/v1/changes?after=0&wait=60000")
            for await op in node.waits where op == Op(1) { break }
            try await node.write("/workspace/a", "x")
            #expect(try await answer.list("entries").count == 1)
        }
    }

    @Test func thoseWhoWaitLeaveRoomForOthers() async throws {
        try await APITest.run { node, client async throws in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<Limits.changesWaitsMax {
                    group.addTask { try await client.get("/v1/changes?after=0&wait=60000").status }
                }
                for await _ in node.waits where node.state.withLock({ $0.waiters.count }) == Limits.changesWaitsMax {
                    break
                }
                let refused = try await client.get("/v1/changes?after=0&wait=60000")
                #expect(refused.status == 429)
                #expect(refused.header("Retry-After") == "1")
                #expect(try await client.get("/v1/changes?after=0").status == 200)
                #expect(try await client.get("/v1/status").status == 200)
                try await node.write("/workspace/a", "x")
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await client.get("/v1/changes?after=1000000&wait=1").status == 200)
        }
    }

    @Test func nothingNewInTimeIsAnEmptyList() async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("/v1/changes?after=1000000&wait=10")
            #expect(answer.status == 200)
            #expect(try answer.list("entries").isEmpty)
        }
    }

    @Test(arguments: [1, 2, UInt64.max - 1, UInt64.max])
    func behindTheNewestOpIsAnEmptyPage(_ after: UInt64) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            // Waiting for the next op would take as long as this test.
            let wait = after > 1_000_000 ? "&wait=10" : ""
            for query in ["after=\(after)\(wait)", "after=\(after)\(wait)&path=/workspace"] {
                let answer = try await client.get("/v1/changes?\(query)")
                #expect(answer.status == 200, "\(query)")
                #expect(try answer.list("entries").isEmpty, "\(query)")
                #expect(try answer.json["next"] is NSNull, "\(query)")
            }
        }
    }

    @Test func oneOpShowsItsChangesAsTheyAreWritten() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            try await node.change("/workspace/a", .move(to: try NamespacePath("/workspace/b")))
            try await node.change("/workspace/b", .delete(recursive: false))
            let put = try await client.get("/v1/changes/1").list("changes")
            #expect((put.first?["put"] as? [String: Any])?["size"] as? Int == 1)
            let move = try await client.get("/v1/changes/2").list("changes")
            #expect((move.first?["move"] as? [String: Any])?["to"] as? String == "/workspace/b")
            let delete = try await client.get("/v1/changes/3")
            #expect(try delete.list("changes").first?["if"] as? String == "any")
            #expect(try delete.number("op") == 3)
            #expect(try await client.get("/v1/changes/0").number("op") == 0)
            #expect(try await client.get("/v1/changes/9").status == 404)
            #expect(try await client.get("/v1/changes/x").status == 400)
        }
    }

    @Test func changesOfSecretsAreCountedNotShown() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/secret/s", "hush")
            let answer = try await client.get("/v1/changes/1", token: APITest.reader)
            #expect(try answer.names("changes").allSatisfy { !$0.hasPrefix("/meta/secret") })
            #expect(try answer.number("hidden") > 0)
            #expect(!answer.text.contains(SHA256.digest(Array("hush".utf8)).hex))
            #expect(try await client.get("/v1/changes?path=/meta/secret/s", token: APITest.reader).status == 403)
            #expect(try await client.get("/v1/changes/1").number("hidden") == 0)
        }
    }
}
