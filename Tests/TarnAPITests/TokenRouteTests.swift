import Foundation
import HTTPTypes
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct TokenRouteTests {
    @Test func aTokenIsMadeListedAndRevoked() async throws {
        try await APITest.run { node, client async throws in
            let made = try await client.send(
                .post,
                "/v1/tokens",
                "{\"name\":\"ci\",\"scope\":\"write\",\"paths\":[\"/workspace/ci\"]}"
            )
            #expect(made.status == 201)
            #expect(made.header("Cache-Control") == "no-store")
            let id = try made.string("id")
            let token = try #require(BearerToken(made.string("token")))
            #expect(token.id == id)
            let entry = try #require(node["/meta/token/\(id).json"])
            let document = try TokenDocument(json: try await node.blob(entry.content))
            #expect(document.sha256 == token.hash.hex)
            #expect(
                document.principal(at: 0)
                    == Principal(name: "ci", scope: .write, paths: [try NamespacePath("/workspace/ci")], tokenID: id)
            )
            let listed = try await client.get("/v1/tokens")
            #expect(try listed.names("tokens", "id") == [id])
            #expect(!listed.text.contains(Hex.encode(token.secret)))
            #expect(!listed.text.contains(token.hash.hex))
            let request = ["Tarn-Request": "cli/1"]
            #expect(try await client.send(.delete, "/v1/tokens/\(id)", headers: request).status == 200)
            #expect(try await client.send(.delete, "/v1/tokens/\(id)").status == 404)
            #expect(try await client.send(.delete, "/v1/tokens/\(id)", headers: request).status == 200)
            #expect(try await client.get("/v1/tokens").list("tokens").isEmpty)
        }
    }

    @Test(arguments: [
        "{}", "{\"name\":\"x\"}", "{\"scope\":\"read\"}", "{\"name\":\"\",\"scope\":\"read\"}",
        "{\"name\":\"x\",\"scope\":\"root\"}", "{\"name\":\"x\",\"scope\":\"read\",\"paths\":[\"relative\"]}",
        "{\"name\":\"x\",\"scope\":\"read\",\"path\":[]}", "{\"name\":\"node:dc1\",\"scope\":\"read\"}",
        "{\"name\":\"x\",\"scope\":\"read\",\"expires_at\":\"2001-01-01\"}",
        "{\"name\":\"x\",\"scope\":\"read\",\"concurrency\":0}",
        "{\"name\":\"0123456789012345678901234567890123456789012345678\",\"scope\":\"read\"}",
    ])
    func whatDescribesNoTokenIsRefused(_ body: String) async throws {
        try await APITest.run { node, client async throws in
            #expect(try await client.send(.post, "/v1/tokens", body).status == 400)
            #expect(node.commitCount == 0)
        }
    }

    @Test func aRotatedTokenKeepsItsDocument() async throws {
        try await APITest.run { node, client async throws in
            let wish = "{\"name\":\"ci\",\"scope\":\"read\",\"expires_at\":\"2200-01-01\",\"concurrency\":3}"
            let made = try await client.send(.post, "/v1/tokens", wish)
            let id = try made.string("id")
            let rotated = try await client.send(.post, "/v1/tokens/\(id)", "{\"grace_seconds\":60}")
            #expect(rotated.status == 200)
            #expect(rotated.header("Cache-Control") == "no-store")
            #expect(try rotated.string("id") == id)
            let (old, new) = (
                try #require(BearerToken(made.string("token"))), try #require(BearerToken(rotated.string("token")))
            )
            #expect(old.secret != new.secret)
            let entry = try #require(node["/meta/token/\(id).json"])
            let document = try TokenDocument(json: try await node.blob(entry.content))
            #expect(document.sha256 == new.hash.hex)
            #expect(document.previousSHA256 == old.hash.hex)
            let limits = TokenLimits(concurrency: 3)
            let expected = Principal(name: "ci", scope: .read, paths: [], tokenID: id, limits: limits)
            #expect(document.principal(at: 0) == expected)
            #expect(try await client.send(.post, "/v1/tokens/missing", "{}").status == 404)
            #expect(try await client.send(.post, "/v1/tokens/\(id)", "{\"grace_seconds\":9999999}").status == 400)
        }
    }

    @Test func theFirstAdminTokenIsRotatedButNotRevoked() async throws {
        try await APITest.run { node, client async throws in
            let rotated = try await client.send(.post, "/v1/tokens/admin")
            #expect(rotated.status == 200)
            #expect(node["/meta/token/admin.json"] != nil)
            #expect(try await client.send(.delete, "/v1/tokens/admin").status == 400)
        }
    }

    @Test func whatIsNoTokenHidesNone() async throws {
        try await APITest.run { node, client async throws in
            let made = try await client.send(.post, "/v1/tokens", "{\"name\":\"ci\",\"scope\":\"read\"}").string("id")
            #expect(try await client.send(.put, "/v1/content/meta/token/README.md", "Who has which").status == 201)
            #expect(try await client.get("/v1/tokens").names("tokens", "id") == [made])
            let listed = try await client.get("/api/2.0/token-management/tokens")
            #expect(try listed.names("token_infos", "token_id") == [made])
            #expect(try await client.send(.delete, "/api/2.0/token-management/tokens/\(made)").status == 200)
            #expect(node["/meta/token/\(made).json"] == nil)
        }
    }

    @Test func aTokenIsToldOnce() async throws {
        try await APITest.run { node, client async throws in
            let wish = "{\"name\":\"ci\",\"scope\":\"read\"}"
            let first = ["Tarn-Request": "cli/1"]
            let made = try await client.send(.post, "/v1/tokens", wish, headers: first)
            #expect(try await client.send(.post, "/v1/tokens", wish, headers: first).status == 409)
            #expect(try await client.get("/v1/tokens").names("tokens", "id") == [try made.string("id")])
            let target = "/v1/tokens/\(try made.string("id"))"
            let second = ["Tarn-Request": "cli/2"]
            #expect(try await client.send(.post, target, headers: second).status == 200)
            let entry = try #require(node["/meta/token/\(try made.string("id")).json"])
            let again = try await client.send(.post, target, headers: second)
            #expect(again.status == 409)
            #expect(try again.string("message").contains("cli/2"))
            #expect(node["/meta/token/\(try made.string("id")).json"] == entry)
            let own = try await client.send(.post, "/api/2.0/token/create", "{}", headers: ["Tarn-Request": "cli/3"])
            #expect(own.status == 200)
            let other = try await client.send(.post, "/api/2.0/token/create", "{}", headers: ["Tarn-Request": "cli/3"])
            #expect(other.status == 409)
        }
    }

    @Test(arguments: ["..", "a%2Fb", "", "%00"])
    func revokingTakesAnIdOnly(_ id: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.send(.delete, "/v1/tokens/\(id)")
            #expect(answer.status == 400 || answer.status == 404)
        }
    }

    @Test(arguments: [APITest.reader, APITest.writer])
    func onlyAdminsHandleTokens(_ token: String) async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.get("/v1/tokens", token: token).status == 403)
            #expect(try await client.send(.post, "/v1/tokens", "{}", token: token).status == 403)
            #expect(try await client.send(.delete, "/v1/tokens/x", token: token).status == 403)
        }
    }
}
