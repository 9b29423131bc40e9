import HTTPTypes
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

/// `?read=` on every route that reads, and what the answer says of itself.
@Suite struct ReadLevelRouteTests {
    private static let routes = [
        "/v1/status", "/v1/namespace/workspace", "/v1/content/workspace/a", "/v1/changes?after=0",
        "/api/2.0/workspace/list?path=/",
    ]

    private static func with(_ level: String, _ route: String) -> String {
        "\(route)\(route.contains("?") ? "&" : "?")read=\(level)"
    }

    @Test(arguments: Self.routes)
    func `an answer names level, op and age`(route: String) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            let unproved = try await client.get(route)
            #expect(unproved.header("Tarn-Read") == "local")
            #expect(unproved.header("Tarn-Stale-At-Most") == "unknown")
            node.set(proof: StateProof(op: Op(1), nanoseconds: WallClock.monotonicNanoseconds() - 50_000_000))
            for level in ["local", "bounded(60000)", "atLeast(1)", "linearizable"] {
                let answer = try await client.get(Self.with(level, route))
                #expect(answer.status == 200, "\(level): \(answer.text)")
                #expect(answer.header("Tarn-Read") == level)
                #expect(answer.header("Tarn-Op") == "1")
                let age = try #require(answer.header("Tarn-Stale-At-Most").flatMap { Int($0) })
                #expect(level == "linearizable" ? age < 20_000 : (50..<20_000).contains(age), "\(level): \(age)")
            }
        }
    }

    @Test(arguments: Self.routes)
    func `a bound that cannot be kept is refused`(route: String) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            node.set(proof: StateProof(op: Op(1), nanoseconds: WallClock.monotonicNanoseconds() - 900_000_000))
            let answer = try await client.get(Self.with("bounded(500)", route))
            #expect(answer.status == 503)
            #expect(answer.text.contains("bounded(500) cannot be kept"))
        }
    }

    @Test func `an answer about an older state than the proof covers does not borrow its age`() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            try await node.write("/workspace/a", "y")
            node.set(proof: StateProof(op: Op(2), nanoseconds: WallClock.monotonicNanoseconds()))
            let old = try await client.get("/v1/content/workspace/a?at=1&read=bounded(5000)")
            #expect(old.text == "x")
            #expect(old.header("Tarn-Op") == "1")
            #expect(old.header("Tarn-Stale-At-Most") == "unknown")
        }
    }

    @Test func `the catalog waits for what the level asks for`() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            node.set(proof: StateProof(op: Op(1), nanoseconds: WallClock.monotonicNanoseconds()))
            let query = #"{"sql": "SELECT count(*) AS n FROM entries WHERE path = '/workspace/a'"}"#
            let answer = try await client.send(.post, "/v1/catalog/query?read=bounded(60000)", query)
            #expect(answer.text.contains("[[1]]"), "\(answer.text)")
            #expect(answer.header("Tarn-Stale-At-Most") != "unknown")
        }
    }

    @Test(arguments: ["magic", "bounded", "bounded(0)", "bounded(x)", "atLeast(x)"])
    func `an unknown level is an error that names the known ones`(level: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("/v1/status?read=\(level)")
            #expect(answer.status == 400)
            #expect(try answer.string("message").contains(ReadLevel.expected))
        }
    }

    @Test func `a write says nothing about reading`() async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.send(.put, "/v1/content/workspace/a", "x")
            #expect(answer.status == 201)
            #expect(answer.header("Tarn-Read") == nil)
        }
    }
}
