import TarnBlobStore
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

@Suite(.timeLimit(.minutes(1)))
struct CollectionGapTests {
    @Test func `nothing is collected while the log lacks an op below others that it holds`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let node = cluster.nodes[2]
            try await cluster.eventually("it has the op") { node.head.op >= op }
            let last = try #require(try await node.store.entry(at: op)).header
            let beyond = LogHeader(
                op: op.next.next,
                view: last.view,
                kind: .noop,
                configurationEpoch: last.configurationEpoch,
                timestampMicroseconds: last.timestampMicroseconds + 2,
                author: "",
                request: try RequestID(client: "tests", number: 1),
                parent: SHA256.digest([1]),
                root: last.root,
                body: SHA256.digest([]),
                bodyBytesCount: 0,
                closureCount: 0,
                closureBytesCount: 0
            )
            let wish = CollectionWish(isDryRun: false, isImmediate: true, stagedSeconds: 0)
            _ = try await node.collect(wish) { _ in }
            try await node.store.append([.entry(LogEntry(header: beyond, body: []))], stored: [])
            let error = await #expect(throws: NodeError.self) { _ = try await node.collect(wish) { _ in } }
            #expect(error?.message.contains("the log lacks op \(op.next)") == true, "\(String(describing: error))")
        }
    }

    /// That op may put something that it replaces itself. No state has it, and it may be gone everywhere.
    @Test func `of what the floor's own op names, only what its state has is waited for`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let node = cluster.nodes[0]
            let blobs = try #require(try await node.store.entry(at: op)).blobs()
            #expect(!blobs.isEmpty)
            let gone = SHA256.digest([1])
            #expect(try await node.collector.needed([gone], of: op) == [gone], "everything is kept still")
            let floor = try GarbageFloor(floor: op, kept: [])
            let answer = await node.engine.submit(floor, request: try RequestID(client: "tests", number: 1))
            guard case .ordered(let ordered, _) = answer else { throw NodeError(.unavailable, "\(answer)") }
            try await cluster.eventually("the floor is committed") { node.head.op >= ordered }
            #expect(try await node.collector.needed(blobs + [gone], of: op) == blobs)
            #expect(try await node.collector.needed([gone], of: ordered) == [gone])
        }
    }
}
