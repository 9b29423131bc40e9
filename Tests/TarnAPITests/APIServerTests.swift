import HTTPTypes
import HummingbirdTesting
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct APIServerTests {
    @Test(arguments: ["0.0.0.0", "10.0.0.1", "::", "example.org"])
    func aListenerForOthersNeedsTLS(_ host: String) async throws {
        try await APITest.withNode { node in
            let error = #expect(throws: NodeError.self) {
                try APIServer(node: node, address: HostPort(host: host, port: 0), tls: nil, logger: APITest.logger)
            }
            #expect(error?.message.contains("without TLS") == true)
        }
    }

    @Test func certificatesThatCannotBeReadAreRefused() async throws {
        try await APITest.withNode { node in
            let identity = NodeIdentity(certificatePEM: "no", privateKeyPEM: "no", authorityPEM: "no")
            #expect(throws: NodeError.self) { try APITest.server(node, tls: identity) }
            #expect(throws: NodeError.self) { try APITest.server(node, authorityPEM: "no") }
        }
    }

    @Test func theBoundPortIsToldAndShutdownIsGraceful() async throws {
        try await APITest.withNode { node in
            try await APITest.withListener(node) { port in
                #expect(port > 0)
            }
        }
    }

    @Test func manyRequestsUseOneConnection() async throws {
        try await APITest.run(.live) { node, client async throws in
            try await node.write("/workspace/a", "hello")
            for _ in 0..<50 {
                #expect(try await client.get("/v1/content/workspace/a").text == "hello")
                #expect(try await client.get("/v1/namespace/workspace/none").status == 404)
                #expect(try await client.send(.put, "/v1/blobs/xyz", "unread body").status == 400)
            }
        }
    }

    @Test func aClientThatWaitsToBeToldToContinueIsTold() async throws {
        try await APITest.run(.live) { _, client async throws in
            let answer = try await client.send(
                .put,
                "/v1/content/workspace/a",
                "hello",
                headers: ["Expect": "100-continue"]
            )
            #expect(answer.status == 201)
        }
    }

    @Test func largeFilesAreStreamedOverASocket() async throws {
        try await APITest.run(.live) { _, client async throws in
            let content = (0..<(9 << 20) + 1).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(try await client.send(.put, "/v1/content/volumes/large", bytes: content).status == 201)
            let answer = try await client.get("/v1/content/volumes/large", headers: ["Range": "bytes=5-"])
            #expect(SHA256.digest(answer.bytes) == SHA256.digest(Array(content[5...])))
        }
    }

    @Test func aHeadThatIsTooLargeIsRefused() async throws {
        try await APITest.run(.live) { _, client async throws in
            let value = String(repeating: "x", count: Limits.requestHeadBytesMax + 1)
            #expect(try await client.get("/healthz", headers: ["X-Large": value]).status == 400)
        }
    }
}
