import HTTPTypes
import Synchronization
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct IdentityRouteTests {
    /// A token in the form that real ones have, so that its id can be told.
    private static let token = BearerToken(id: "robot", secret: Array(repeating: 7, count: 32)).text

    private static func form(_ client: APITest.Client, _ id: String, _ secret: String) async throws -> APITest.Answer {
        let credentials = Base64.encode(Array("\(id):\(secret)".utf8))
        return try await client.send(
            .post,
            "/oidc/v1/token",
            "grant_type=client_credentials&scope=all-apis",
            token: nil,
            headers: [
                "Authorization": "Basic \(credentials)", "Content-Type": "application/x-www-form-urlencoded",
            ]
        )
    }

    @Test func clientsFindOutWhereTheyAreWithoutAToken() async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("/.well-known/databricks-config", token: nil)
            #expect(answer.status == 200)
            #expect(Int(try answer.string("workspace_id")) != nil)
            #expect(try answer.string("oidc_endpoint").hasSuffix("/oidc"))
            let other = try await client.get("/w/other/.well-known/databricks-config", token: nil)
            #expect(try other.string("oidc_endpoint").hasSuffix("/w/other/oidc"))
            #expect(try other.string("workspace_id") != answer.string("workspace_id"))
            let me = try await client.get("/api/2.0/preview/scim/v2/Me")
            #expect(me.header("X-Databricks-Org-Id") == (try answer.string("workspace_id")))
        }
    }

    @Test func machinesExchangeTheirSecretForAnAccessToken() async throws {
        try await APITest.run { node, client async throws in
            try node.add(token: Self.token, name: "machine", scope: .read)
            for id in ["robot", "machine"] {
                let answer = try await Self.form(client, id, Self.token)
                #expect(answer.status == 200, "\(answer.text)")
                let access = try answer.string("access_token")
                #expect(try answer.number("expires_in") == 3_600)
                let me = try await client.get("/api/2.0/preview/scim/v2/Me", token: access)
                #expect(try me.string("userName") == "machine")
                let mac = try #require(access.split(separator: ".").last)
                let forged = access.dropLast(mac.count) + (mac.hasPrefix("A") ? "B" : "A") + mac.dropFirst()
                #expect(try await client.get("/api/2.0/preview/scim/v2/Me", token: String(forged)).status == 401)
            }
            let refused = try await Self.form(client, "somebody", Self.token)
            #expect(refused.status == 401)
            #expect(try refused.string("error") == "invalid_client")
            #expect(try await Self.form(client, "robot", "wrong").status == 401)
        }
    }

    @Test func accessTokensEndWhenTheSecretIsReplacedThatTheyWereMadeFrom() async throws {
        try await APITest.run { node, client async throws in
            try node.add(token: Self.token, name: "machine", scope: .read)
            let access = try await Self.form(client, "robot", Self.token).string("access_token")
            #expect(try await client.get("/api/2.0/preview/scim/v2/Me", token: access).status == 200)
            node.state.withLock { $0.rotatedAt = WallClock.microseconds() + 2_000_000 }
            #expect(try await client.get("/api/2.0/preview/scim/v2/Me", token: access).status == 401)
            // In the same second, but behind it.
            node.state.withLock { $0.rotatedAt = WallClock.microseconds() }
            let next = try await Self.form(client, "robot", Self.token).string("access_token")
            #expect(try await client.get("/api/2.0/preview/scim/v2/Me", token: next).status == 200)
        }
    }

    @Test func permissionsThatTwoGiveFirstAtTheSameTimeAreAllKept() async throws {
        try await APITest.run { node, client async throws in
            node.gather(commits: 2)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for name in ["ann", "ben"] {
                    let list = #"{"access_control_list": [{"user_name": "\#(name)", "permission_level": "CAN_VIEW"}]}"#
                    group.addTask { try await client.send(.patch, "/api/2.0/permissions/jobs/1", list).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            let kept = try await client.get("/api/2.0/permissions/jobs/1").names("access_control_list", "user_name")
            #expect(Set(kept) == ["ann", "ben"])
        }
    }

    @Test func peopleMakeTokensWithNoMoreRightsThanTheirOwn() async throws {
        try await APITest.run { node, client async throws in
            let made = try await client.send(
                .post,
                "/api/2.0/token/create",
                #"{"comment": "laptop", "lifetime_seconds": 60}"#,
                token: APITest.reader
            )
            #expect(made.status == 200, "\(made.text)")
            #expect(made.header("Cache-Control") == "no-store")
            #expect(BearerToken(try made.string("token_value")) != nil)
            let id = try #require((try made.json["token_info"] as? [String: Any])?["token_id"] as? String)
            let entry = try #require(node["/meta/token/\(id).json"])
            let document = try TokenDocument(json: try await node.blob(entry.content))
            #expect(document.scope == "read")
            #expect(document.principal(at: document.createdAt)?.name == "reader")
            #expect(document.principal(at: document.createdAt + 60_000_000) == nil)
            let list = try await client.get("/api/2.0/token/list", token: APITest.reader)
            #expect(try list.names("token_infos", "token_id") == [id])
            #expect(try await client.get("/api/2.0/token/list", token: APITest.writer).list("token_infos").isEmpty)
            let body = #"{"token_id": "\#(id)"}"#
            #expect(try await client.send(.post, "/api/2.0/token/delete", body, token: APITest.writer).status == 404)
            #expect(try await client.send(.post, "/api/2.0/token/delete", body, token: APITest.reader).text == "{}")
        }
    }

    @Test(arguments: ["{}", #"{"lifetime_seconds": 3600}"#, #"{"lifetime_seconds": 3000000000}"#])
    func aTokenOutlivesNeitherItsMakerNorItsLimits(_ body: String) async throws {
        try await APITest.run { node, client async throws in
            let end = WallClock.microseconds() + 7_200_000_000
            var maker = TokenDocument(
                id: "limited",
                name: "limited",
                scope: .write,
                paths: [],
                hash: .zero,
                createdAt: 1
            )
            maker.expiresAt = end
            try await node.write("/meta/token/limited.json", String(decoding: try maker.json(), as: UTF8.self))
            let limits = TokenLimits(requestsPerSecond: 1_000, concurrency: 7)
            try node.add(token: "tarn_limited_0", name: "limited", scope: .write, limits: limits)
            let made = try await client.send(.post, "/api/2.0/token/create", body, token: "tarn_limited_0")
            #expect(made.status == 200, "\(made.text)")
            let id = try #require((try made.json["token_info"] as? [String: Any])?["token_id"] as? String)
            let entry = try #require(node["/meta/token/\(id).json"])
            let document = try TokenDocument(json: try await node.blob(entry.content))
            #expect(document.requestsPerSecond == 1_000)
            #expect(document.concurrency == 7)
            let expiry = try #require(document.expiresAt)
            if body.contains("3600") { #expect(expiry < end) } else { #expect(expiry == end) }
        }
    }

    @Test func nobodyWritesUnderTheNameOfANode() async throws {
        try await APITest.run { node, client async throws in
            let target = "/api/2.0/token-management/on-behalf-of/tokens"
            let refused = try await client.send(.post, target, #"{"application_id": "node:dc2"}"#)
            #expect(refused.status == 400)
            #expect(node.commitCount == 0)
            #expect(try await client.send(.post, target, #"{"application_id": "robot"}"#).status == 200)
        }
    }

    @Test func nobodyMakesMoreTokensThanThereMayBe() async throws {
        try await APITest.run { node, client async throws in
            func fill(_ count: Int, owner: String, from start: Int) async throws {
                var document = TokenDocument(id: "t", name: owner, scope: .read, paths: [], hash: .zero, createdAt: 1)
                document.owner = owner
                document.expiresAt = 2
                let bytes = try document.json()
                let content = try await node.put(blobs: [bytes]).addresses[0]
                let entry = try Entry.file(content: content, size: UInt64(bytes.count))
                let changes = try (start..<start + count).map {
                    Change(path: try TokenDocument.path(id: "t\($0)"), action: .put(entry))
                }
                let request = try RequestID(client: "fill", number: UInt64(start))
                _ = try await node.commit(changes, author: "tests", request: request)
            }
            func made(_ token: String) async throws -> APITest.Answer {
                try await client.send(.post, "/api/2.0/token/create", "{}", token: token)
            }
            try await fill(Limits.tokensPerOwnerMax - 1, owner: "reader", from: 0)
            #expect(try await made(APITest.reader).status == 200)
            let refused = try await made(APITest.reader)
            #expect(refused.status == 403)
            #expect(refused.errorCode == "RESOURCE_LIMIT_EXCEEDED")
            #expect(try await made(APITest.writer).status == 200)
            try await fill(Limits.tokensMax - Limits.tokensPerOwnerMax - 1, owner: "other", from: 1_000)
            #expect(try await made(APITest.writer).status == 403)
            let wish = #"{"name": "x", "scope": "read"}"#
            #expect(try await client.send(.post, "/v1/tokens", wish).errorCode == "CONFLICT")
        }
    }

    @Test func usersAreMadeFilteredPatchedAndPaged() async throws {
        try await APITest.run { _, client async throws in
            let users = "/api/2.0/preview/scim/v2/Users"
            for name in ["ann@x.org", "bob@x.org"] {
                let made = try await client.send(.post, users, #"{"userName": "\#(name)"}"#)
                #expect(made.status == 201)
            }
            #expect(try await client.send(.post, users, #"{"userName": "ann@x.org"}"#).status == 409)
            let filtered = try await client.get("\(users)?filter=userName+eq+%22ann%40x.org%22")
            #expect(try filtered.names("Resources", "userName") == ["ann@x.org"])
            let id = try #require(try filtered.list("Resources")[0]["id"] as? String)
            let patch = #"{"Operations": [{"op": "replace", "path": "active", "value": false}]}"#
            let patched = try await client.send(.patch, "\(users)/\(id)", patch)
            #expect(try patched.json["active"] as? Bool == false)
            let page = try await client.get("\(users)?startIndex=2&count=1")
            #expect(try page.number("totalResults") == 3)
            #expect(try page.list("Resources").count == 1)
            #expect(try await client.get("\(users)?startIndex=9&count=9").list("Resources").isEmpty)
            #expect(try await client.get("\(users)?filter=nonsense").status == 400)
            #expect(try await client.send(.delete, "\(users)/\(id)").status == 204)
            #expect(try await client.get("\(users)/\(id)").status == 404)
        }
    }

    @Test func groupsLoseMembersByFilter() async throws {
        try await APITest.run { _, client async throws in
            let groups = "/api/2.0/preview/scim/v2/Groups"
            let made = try await client.send(
                .post,
                groups,
                #"{"displayName": "g", "members": [{"value": "1"}, {"value": "2"}]}"#
            )
            let id = try made.string("id")
            let patch = #"{"Operations": [{"op": "remove", "path": "members[value eq \"1\"]"}]}"#
            let patched = try await client.send(.patch, "\(groups)/\(id)", patch)
            #expect(try patched.names("members", "value") == ["2"])
            #expect(try await client.get("\(groups)?filter=displayName+eq+any").list("Resources").isEmpty)
        }
    }

    @Test func groupsAreFoundByTheirNamesAsOlderToolsAskForThem() async throws {
        try await APITest.run { _, client async throws in
            let api = "/api/2.0/groups"
            for name in ["all", "team"] {
                #expect(try await client.send(.post, "\(api)/create", #"{"group_name": "\#(name)"}"#).status == 200)
            }
            let again = try await client.send(.post, "\(api)/create", #"{"group_name": "team"}"#)
            #expect(again.errorCode == "RESOURCE_ALREADY_EXISTS")
            _ = try await client.send(.post, "/api/2.0/preview/scim/v2/Users", #"{"userName": "a@b.c"}"#)
            for member in [#""user_name": "a@b.c""#, #""group_name": "team""#] {
                let body = #"{\#(member), "parent_name": "all"}"#
                #expect(try await client.send(.post, "\(api)/add-member", body).text == "{}")
            }
            let members = try await client.get("\(api)/list-members?group_name=all")
            #expect(try members.names("members", "user_name") == ["a@b.c"])
            #expect(try members.names("members", "group_name") == ["team"])
            let parents = try await client.get("\(api)/list-parents?user_name=a@b.c")
            #expect(try parents.json["group_names"] as? [String] == ["all"])
            let removal = #"{"user_name": "a@b.c", "parent_name": "all"}"#
            #expect(try await client.send(.post, "\(api)/remove-member", removal).text == "{}")
            #expect(try await client.get("\(api)/list-parents?user_name=a@b.c").text == "{}")
            #expect(try await client.send(.post, "\(api)/delete", #"{"group_name": "none"}"#).status == 404)
        }
    }
}
