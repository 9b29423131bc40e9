import TarnCore
import Testing

@testable import TarnNode

/// Requests that come once more under their numbers.
@Suite(.timeLimit(.minutes(2)))
struct RepeatedRequestTests {
    @Test func `the receipt of a request is remembered, and nothing of one that did not commit`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            let node = cluster.nodes[0]
            let request = try RequestID(client: "tests", number: 1)
            #expect(try await node.receipt(ofRequest: request) == nil)
            let change = Change(path: try NamespacePath("/workspace/a"), action: .put(.directory()))
            let receipt = try await node.commit([change], author: "tests", request: request)
            #expect(try await node.receipt(ofRequest: request) == receipt)
            try await cluster.write("/workspace/b", "text")
            #expect(try await node.receipt(ofRequest: request)?.op == receipt.op)
            #expect(try await node.receipt(ofRequest: try RequestID(client: "tests", number: 2)) == nil)
        }
    }
}
