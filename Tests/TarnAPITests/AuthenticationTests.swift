import HTTPTypes
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct AuthenticationTests {
    /// Every route that needs a token: method, target, least scope, and whether a token limited to `/workspace/team`
    /// gets it.
    static let routes: [(String, String, Principal.Scope, Bool)] = [
        ("GET", "/v1/status", .read, false), ("GET", "/v1/namespace/workspace/team", .read, true),
        ("GET", "/v1/content/workspace/team/a", .read, true), ("HEAD", "/v1/content/workspace/team/a", .read, true),
        ("PUT", "/v1/content/workspace/team/b", .write, true), ("DELETE", "/v1/content/workspace/team/a", .write, true),
        ("GET", "/v1/proofs/workspace/team/a", .read, true), ("GET", "/v1/blobs/00", .read, false),
        ("PUT", "/v1/blobs/00", .write, false), ("POST", "/v1/want", .write, false),
        ("POST", "/v1/stage", .write, false),
        ("POST", "/v1/manifests", .write, false), ("POST", "/v1/changes", .write, false),
        ("GET", "/v1/changes", .read, false),
        ("GET", "/v1/changes?path=/workspace/team/a", .read, false), ("GET", "/v1/changes/1", .read, false),
        ("GET", "/v1/diff?from=0", .read, false), ("POST", "/v1/catalog/query", .read, false),
        ("GET", "/v1/catalog/search?q=x", .read, false), ("POST", "/v1/verify", .admin, false),
        ("GET", "/v1/tokens", .admin, false), ("POST", "/v1/tokens", .admin, false),
        ("DELETE", "/v1/tokens/x", .admin, false),
    ]

    @Test(arguments: Self.routes)
    func aRouteIsForThoseWhoMayUseIt(
        _ method: String,
        _ target: String,
        _ scope: Principal.Scope,
        _ isForLimitedTokens: Bool
    ) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/team/a", "x")
            try node.add(token: "limited", name: "limited", scope: .admin, paths: ["/workspace/team"])
            let method = try #require(HTTPRequest.Method(rawValue: method))
            func status(_ token: String?) async throws -> Int {
                try await client.send(method, target, "", token: token).status
            }
            #expect(try await status(nil) == 401)
            #expect(try await status("unknown") == 401)
            func isRefused(_ token: String) async throws -> Bool { try await status(token) == 403 }
            #expect(try await isRefused("limited") != isForLimitedTokens)
            #expect(try await isRefused(APITest.reader) == (scope != .read))
            #expect(try await isRefused(APITest.writer) == (scope == .admin))
            #expect(try await !isRefused(APITest.admin))
        }
    }

    @Test(arguments: ["/healthz", "/readyz"])
    func healthNeedsNoToken(_ target: String) async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.get(target, token: nil).status == 200)
        }
    }

    @Test func aLimitedTokenStaysInItsPaths() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/other/a", "x")
            try node.add(token: "limited", name: "limited", scope: .write, paths: ["/workspace/team"])
            #expect(try await client.get("/v1/namespace/workspace", token: "limited").status == 403)
            #expect(try await client.get("/v1/content/workspace/other/a", token: "limited").status == 403)
            #expect(try await client.get("/v1/content/workspace/team%2F..%2Fother%2Fa", token: "limited").status == 400)
            #expect(try await client.send(.put, "/v1/content/workspace/team/a", "y", token: "limited").status == 201)
            #expect(node.authors.last == "limited")
        }
    }

    @Test(arguments: ["Basic dXNlcg==", "Bearer", "Bearer ", "tarn_admin_0"])
    func anotherSchemeIsNoToken(_ value: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("/v1/status", token: nil, headers: ["Authorization": value])
            #expect(answer.status == 401)
            #expect(answer.header("WWW-Authenticate") == "Bearer")
        }
    }

    @Test func theSchemeIsReadInAnyCase() async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get(
                "/v1/status",
                token: nil,
                headers: ["Authorization": "bearer \(APITest.reader)"]
            )
            #expect(answer.status == 200)
        }
    }
}
