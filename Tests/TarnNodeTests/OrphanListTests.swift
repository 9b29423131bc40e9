import TarnBlobStore
import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

/// What a node tells of change sets that stand in no log any more.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct OrphanListTests {
    @Test func `thousands that were decided do not hide one that is open`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let node = cluster.nodes[0]
            let entries = try (0..<4_097).map { number in
                try LogEntry.fixture(
                    op: op.number,
                    body: ChangeSet([]).encoded(),
                    parent: SHA256.digest([UInt8(number >> 8), UInt8(number & 0xff)])
                )
            }
            try await node.store.append(entries.map { .entry($0) }, stored: [])
            let hashes = entries.map { $0.header.hash(SHA256.self) }
            let decision = [UInt8]("{}".utf8)
            let file = try Entry.file(content: await node.stage(content: decision), size: UInt64(decision.count))
            _ = try await node.commit(
                hashes.dropLast().map { Change(path: Orphan.decisionPath(of: $0), action: .put(file)) },
                author: "tests",
                request: try RequestID(client: "tests", number: WallClock.monotonicNanoseconds())
            )
            #expect(try await node.orphans().filter(\.isOpen).map(\.hash) == hashes.suffix(1))
        }
    }
}
