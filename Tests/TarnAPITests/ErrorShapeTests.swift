import HTTPTypes
import NIOCore
import TarnCatalog
import TarnCore
import TarnMerkle
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct ErrorShapeTests {
    @Test(arguments: NodeError.Code.allCases)
    func everyCodeHasItsStatusAndOneShape(_ code: NodeError.Code) async throws {
        try await APITest.run { node, client async throws in
            node.fail { $0.snapshot = NodeError(code, "because of \(code)") }
            let answer = try await client.get("/v1/namespace/workspace")
            #expect(answer.status == code.status)
            #expect(try answer.json.keys.sorted() == ["error_code", "message"])
            #expect(answer.errorCode == code.rawValue)
            #expect(try answer.string("message") == "because of \(code)")
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("Tarn-Op") == "0")
            #expect(answer.header("Tarn-Request") != nil)
        }
    }

    @Test(arguments: NamespaceError.Code.allCases)
    func refusalsOfTheNamespaceAreTheClientsToRepair(_ code: NamespaceError.Code) throws {
        let problem = Problem(NamespaceError(code, try NamespacePath("/workspace/a"), "no"))
        #expect([400, 404, 409, 413].contains(problem.status))
    }

    @Test(arguments: CatalogError.Code.allCases)
    func refusalsOfTheCatalogAreMapped(_ code: CatalogError.Code) {
        let problem = Problem(CatalogError(code, "no"))
        let expected: [CatalogError.Code: NodeError.Code] = [
            .rejected: .queryRejected, .timeout: .queryRejected, .tooManyRows: .tooLarge,
            .memoryExceeded: .queryRejected,
            .syntax: .queryRejected, .busy: .unavailable, .corrupt: .unavailable, .gap: .unavailable,
            .searchDisabled: .invalidRequest, .closed: .unavailable, .failed: .internalError,
        ]
        #expect(problem.code == expected[code])
    }

    @Test func otherErrorsAreMapped() {
        #expect(Problem(CoreError(.invalidPath, "no")).code == .invalidRequest)
        #expect(Problem(JSONError("no", at: 3)).code == .invalidRequest)
        #expect(Problem(NIOTooManyBytesError(maxBytes: 3)).code == .tooLarge)
        #expect(Problem(CancellationError()).code == .unavailable)
        #expect(Problem(MerkleError(.malformed, node: .zero, "no")).code == .internalError)
    }

    @Test func anUnforeseenErrorTellsNothingOfItself() async throws {
        struct Surprise: Error {
            let secret = "hush"
        }
        try await APITest.run { node, client async throws in
            node.fail { $0.snapshot = Surprise() }
            let answer = try await client.get("/v1/namespace/workspace")
            #expect(answer.status == 500)
            #expect(answer.errorCode == "INTERNAL_ERROR")
            #expect(!answer.text.contains("hush"))
        }
    }

    @Test(arguments: [
        ("GET", "/no", 404), ("GET", "/v1/nothing", 404), ("GET", "/v2/status", 404), ("DELETE", "/v1/status", 405),
        ("POST", "/v1/namespace/workspace", 405), ("GET", "/v1/want", 405), ("PATCH", "/v1/content/workspace/a", 405),
        ("GET", "/v1/catalog/query", 405),
    ])
    func unknownRoutesAndMethodsHaveTheSameShape(_ method: String, _ target: String, _ status: Int) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.send(try #require(HTTPRequest.Method(rawValue: method)), target)
            #expect(answer.status == status)
            #expect(try answer.json.keys.sorted() == ["error_code", "message"])
            #expect((answer.header("Allow") != nil) == (status == 405))
        }
    }

    @Test func everyAnswerNamesStateAndRequest() async throws {
        try await APITest.run { node, client async throws in
            for target in ["/healthz", "/v1/status", "/nowhere", "/v1/namespace/workspace", "/v1/tokens"] {
                let answer = try await client.get(target)
                #expect(answer.header("Tarn-Op") == "0", "\(target)")
                #expect(answer.header("Tarn-Root") == node.head.root.hex, "\(target)")
                #expect(answer.header("Tarn-Request")?.hasPrefix("api-") == true, "\(target)")
            }
        }
    }

    @Test func aRequestIdIsReturnedOrRefused() async throws {
        try await APITest.run { _, client async throws in
            let kept = try await client.get("/v1/status", headers: ["Tarn-Request": "me/42"])
            #expect(kept.header("Tarn-Request") == "me/42")
            for text in ["me", "me/", "me/x", "m e/1", "/1"] {
                let answer = try await client.get("/v1/status", headers: ["Tarn-Request": text])
                #expect(answer.status == 400, "\(text)")
                #expect(answer.errorCode == "INVALID_REQUEST")
            }
        }
    }

    @Test func aReadMayAskForAnOpThatIsStillToCome() async throws {
        try await APITest.run { node, client async throws in
            async let answer = client.get("/v1/namespace/workspace?read=at-least", headers: ["Tarn-At-Least": "1"])
            for await op in node.waits where op == Op(1) { break }
            try await node.write("/workspace/a", "x")
            #expect(try await answer.names("children") == ["/workspace/a"])
            let late = try await client.get("/v1/namespace/workspace", headers: ["Tarn-At-Least": "1000000"])
            #expect(late.status == 503)
            #expect(try await client.get("/v1/status", headers: ["Tarn-At-Least": "x"]).status == 400)
            #expect(try await client.get("/v1/status?read=at-least").status == 400)
            #expect(try await client.get("/v1/status?read=magic").status == 400)
            #expect(try await client.get("/v1/status?read=local").status == 200)
        }
    }

    @Test func aTargetHasABound() async throws {
        try await APITest.run { _, client async throws in
            let target = "/v1/namespace/" + String(repeating: "a", count: Limits.requestTargetBytesMax)
            #expect(try await client.get(target).status == 414)
        }
    }
}

@Suite struct HealthAndStatusTests {
    @Test func readinessSaysWhyNot() async throws {
        try await APITest.run { node, client async throws in
            #expect(try await client.get("/readyz", token: nil).status == 200)
            node.set(trouble: "the root of op 7 differs")
            let answer = try await client.get("/readyz", token: nil)
            #expect(answer.status == 503)
            #expect(try answer.string("message") == "the root of op 7 differs")
            #expect(try await client.get("/healthz", token: nil).status == 200)
        }
    }

    @Test func statusShowsEveryDatacentre() async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.get("/v1/status", token: APITest.reader)
            #expect(try answer.string("cluster") == "c1")
            #expect(try answer.string("primary") == "dc1")
            #expect(try answer.json["mirrored"] as? Bool == false)
            let row = try #require(answer.list("datacenters").first)
            #expect(
                row.keys.sorted() == [
                    "bytes_sent", "commit", "dc", "lag_ops", "missing_bytes", "op", "predicted_rpo_ops",
                    "predicted_rto_ms", "prefix_complete", "reachable", "role", "root", "rtt_ms", "trouble", "url",
                    "view",
                ]
            )
            #expect(row["view"] as? Int == 3)
            #expect(row["missing_bytes"] as? Int == 5)
        }
    }

    @Test func verifyingTellsProgressAndEndsWithTheReport() async throws {
        try await APITest.run { node, client async throws in
            // Taken down first: what is asked for is audited, which is written to the log soon afterwards.
            let root = node.head.root.hex
            let answer = try await client.send(.post, "/v1/verify")
            #expect(answer.header("Content-Type") == "application/x-ndjson")
            let lines = answer.text.split(separator: "\n")
            let report = try #require(lines.last)
            #expect(report.contains("\"sound\":false"))
            #expect(report.contains("\"root\":\"\(root)\""))
            #expect(report.contains("\"paths\":[\"/workspace/a\"]"))
            #expect(lines.dropLast().allSatisfy { $0.hasPrefix("{\"done_bytes\":") })
            #expect(try await client.send(.post, "/v1/verify").status == 200)
        }
    }
}
