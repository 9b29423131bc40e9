import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

/// Writes of clients that know nothing of primaries, while another one takes over.
@Suite struct PatienceTests {
    private static let target = "/api/2.0/workspace/mkdirs"
    private static let body = #"{"path": "/Shared"}"#
    /// Nobody listens there.
    private static let gone = "http://127.0.0.1:1"

    /// Runs a standby that passes writes to `primary`, once it has asked those of `urls` before.
    private static func run(
        before urls: [String],
        _ body: @Sendable (_ primary: FakeNode, _ standby: FakeNode, APITest.Client) async throws -> Void
    ) async throws {
        try await APITest.withNode("dc1") { primary in
            try await APITest.withNode("dc2") { standby in
                try await APITest.withListener(primary) { port in
                    standby.set(primaryURLs: urls + ["http://127.0.0.1:\(port)"])
                    try await APITest.server(standby).application().test(.live) {
                        try await body(primary, standby, APITest.Client(base: $0))
                    }
                }
            }
        }
    }

    @Test func aWriteWaitsForThePrimaryToCome() async throws {
        try await Self.run(before: [Self.gone]) { primary, standby, client async throws in
            let answer = try await client.send(.post, Self.target, Self.body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(primary["/workspace/main/Shared"]?.isDirectory == true)
            #expect(standby.commitCount == 0)
        }
    }

    @Test func aWriteIsOrderedHereWhenThisNodeLeadsMeanwhile() async throws {
        try await APITest.run(.live) { node, client async throws in
            node.set(primaryURLs: [Self.gone, nil])
            #expect(try await client.send(.post, Self.target, Self.body).status == 200)
            #expect(node["/workspace/main/Shared"]?.isDirectory == true)
        }
    }

    @Test func aNodeThatLostTheLeadPassesTheWriteOn() async throws {
        try await Self.run(before: []) { primary, standby, client async throws in
            let url = try #require(standby.primaryURL)
            // It leads when it is asked whether to pass the request on, and no more when it orders.
            standby.set(primaryURLs: [nil, url])
            standby.fail { $0.commit = NodeError(.unavailable, "another one leads") }
            #expect(try await client.send(.post, Self.target, Self.body).status == 200)
            #expect(standby.commitCount == 1)
            #expect(primary["/workspace/main/Shared"]?.isDirectory == true)
        }
    }

    @Test func aPrimaryThatSaysComeBackIsAskedAgain() async throws {
        try await Self.run(before: []) { primary, _, client async throws in
            primary.set(primaryURLs: [Self.gone, nil])
            #expect(try await client.send(.post, Self.target, Self.body).status == 200)
            #expect(primary["/workspace/main/Shared"]?.isDirectory == true)
        }
    }

    @Test func aWriteWhoseOutcomeIsUnknownIsNotRepeated() async throws {
        try await APITest.run(.live) { node, client async throws in
            node.fail { $0.commit = NodeError(.unknownOutcome, "who knows") }
            let answer = try await client.send(.post, "/api/2.1/jobs/create", #"{"name": "once"}"#)
            #expect(answer.status == 504)
            #expect(answer.errorCode == "DEADLINE_EXCEEDED")
            #expect(answer.header("Retry-After") == nil)
            #expect(node.commitCount == 1)
        }
    }

    @Test func aBearerReadsItsOwnWritesAtTheNodeThatPassedThemOn() async throws {
        try await Self.run(before: []) { primary, standby, client async throws in
            #expect(try await client.send(.post, Self.target, Self.body).status == 200)
            var waits = standby.waits.makeAsyncIterator()
            async let status = client.get("/api/2.0/workspace/get-status?path=/Shared")
            // The read waits for the op of the write, and not for longer than until it is here.
            let op = try #require(await waits.next())
            #expect(op == primary.head.op)
            try await standby.change("/workspace/main/Shared", .put(.directory()))
            #expect(try await status.status == 200)
        }
    }
}
