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
                document.principal == Principal(name: "ci", scope: .write, paths: [try NamespacePath("/workspace/ci")])
            )
            let listed = try await client.get("/v1/tokens")
            #expect(try listed.names("tokens", "id") == [id])
            #expect(!listed.text.contains(Hex.encode(token.secret)))
            #expect(!listed.text.contains(token.hash.hex))
            #expect(try await client.send(.delete, "/v1/tokens/\(id)").status == 200)
            #expect(try await client.send(.delete, "/v1/tokens/\(id)").status == 404)
            #expect(try await client.get("/v1/tokens").list("tokens").isEmpty)
        }
    }

    @Test(arguments: [
        "{}", "{\"name\":\"x\"}", "{\"scope\":\"read\"}", "{\"name\":\"\",\"scope\":\"read\"}",
        "{\"name\":\"x\",\"scope\":\"root\"}", "{\"name\":\"x\",\"scope\":\"read\",\"paths\":[\"relative\"]}",
        "{\"name\":\"x\",\"scope\":\"read\",\"path\":[]}",
        "{\"name\":\"0123456789012345678901234567890123456789012345678\",\"scope\":\"read\"}",
    ])
    func whatDescribesNoTokenIsRefused(_ body: String) async throws {
        try await APITest.run { node, client async throws in
            #expect(try await client.send(.post, "/v1/tokens", body).status == 400)
            #expect(node.commitCount == 0)
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
