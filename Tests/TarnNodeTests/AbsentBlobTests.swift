import Foundation
import Logging
import TarnBlobStore
import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

/// Nodes of which a whole segment is gone, so that no damaged record says what is missing.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct AbsentBlobTests {
    private static let path = "/workspace/large"

    @Test func `what is gone with its segment is fetched again`() async throws {
        try await LocalNodes.run { cluster in
            let file = try await Self.writeLargeFile(cluster)
            let node = cluster.nodes[2]
            let newest = cluster.nodes[0].head.op
            try await cluster.eventually("it is whole") { await node.ownHead().prefixComplete >= newest }
            try await Self.loseChunks(of: node, cluster)
            try await cluster.restarted(2) { node in
                #expect(try await !node.store.missing(of: file).isEmpty)
                try await cluster.eventually("it follows") { node.head == cluster.nodes[0].head }
                let scrubbed = try await node.scrub { _, _ in }
                #expect(scrubbed.damaged.isEmpty && scrubbed.healed.contains { $0.paths.map(\.string) == [Self.path] })
                #expect(try await node.store.missing(of: file).isEmpty)
                #expect(try await node.scrub { _, _ in }.healed.isEmpty)
            }
        }
    }

    @Test func `what is gone and held by nobody is named`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            _ = try await Self.writeLargeFile(cluster)
            let node = cluster.nodes[0]
            #expect(try await node.scrub { _, _ in }.isSound)
            try await Self.loseChunks(of: node, cluster)
            try await cluster.restarted(0) { node in
                for _ in 0..<2 {
                    let scrubbed = try await node.scrub { _, _ in }
                    #expect(!scrubbed.isSound && scrubbed.damaged.allSatisfy { $0.paths.map(\.string) == [Self.path] })
                    #expect(node.damages.trouble?.contains(Self.path) == true)
                    // Nor does anybody forget it who heals what was found.
                    #expect(try await node.healer.heal().damaged == scrubbed.damaged)
                }
            }
        }
    }

    @Test func `what nobody holds does not keep a node from completing what comes after it`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            let node = cluster.nodes[0]
            var hashes: [Digest] = []
            for number in 1...2 {
                _ = try await Self.writeLargeFile(cluster, at: Self.path + "\(number)", number: number)
                hashes.append(try #require(try await node.store.entry(at: node.head.op)).header.hash(SHA256.self))
            }
            let last = node.head.op
            _ = try await cluster.write("/workspace/later", "text")
            try await Self.loseChunks(of: node, cluster)
            let data = URL(fileURLWithPath: node.configuration.dataDirectory)
            try DamagedLogTests.damage(hashes.map { ($0, 0) }, in: data)
            try DamagedLogTests.removeIndexes(in: data)
            try await cluster.restarted(0) { node in
                #expect(!node.store.isAcknowledged(last))
                _ = try await node.store.put(Self.pieces(2), kind: .chunk)
                try await cluster.eventually("it is whole") { node.store.isAcknowledged(last) }
            }
        }
    }

    @Test func `what a recovery gave up holds up neither backups nor floors`() async throws {
        try await LocalNodes.run { cluster in
            _ = try await Self.writeLargeFile(cluster)
            let large = cluster.nodes[0].head.op
            let newest = try await cluster.write("/workspace/later", "text")
            let node = cluster.nodes[2]
            try await cluster.eventually("it is whole") { await node.ownHead().prefixComplete >= newest }
            let hash = try #require(try await node.store.entry(at: large)).header.hash(SHA256.self)
            try await Self.loseChunks(of: node, cluster)
            // As if they had never come: the acknowledgement is lost, too.
            let data = URL(fileURLWithPath: node.configuration.dataDirectory)
            try DamagedLogTests.damage([(hash, 0)], in: data)
            try DamagedLogTests.removeIndexes(in: data)
            let recovery = LineageRecovery(
                configuration: node.configuration,
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
            )
            let told = try await recovery.run(isAccepted: true)
            #expect(told.incomplete.map(\.op) == [large] && told.kept == newest)
            try await cluster.restarted(2) { node in
                let (whole, sealed) = (await node.ownHead().prefixComplete, try await node.sealSegments())
                #expect(whole == newest.next && sealed.op == newest.next)
                let receipt = try await node.receipt(of: large)
                #expect(receipt.signatures.isEmpty, "it is not whole here")
                // The way on for two that join: no kept state names what is lost.
                let policy = [UInt8](#"{"every_op_days": 0, "daily_days": 0}"#.utf8)
                let content = try await node.stage(content: policy)
                _ = try await node.commit(
                    [
                        Change(path: try NamespacePath(Self.path), action: .delete(recursive: false)),
                        Change(
                            path: RetentionDocument.path,
                            action: .put(try Entry.file(content: content, size: UInt64(policy.count)))
                        ),
                    ],
                    author: "tests",
                    request: try RequestID(client: "tests", number: WallClock.monotonicNanoseconds())
                )
                #expect(try await node.raiseFloor().floor > large)
                let entry = try #require(try await node.store.entry(at: large))
                #expect(try await node.collector.needed(entry.blobs(), of: large) == [])
            }
        }
    }

    @Test func `whoever asks for a file whose content is not here yet is told to ask elsewhere`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            let absent = SHA256.digest([1])
            let file = try Entry.file(content: absent, size: UInt64(Limits.chunkBytes) + 1, manifest: absent)
            for error in [
                await #expect(throws: NodeError.self) { _ = try await cluster.nodes[0].blob(absent) },
                await #expect(throws: NodeError.self) { _ = try await cluster.nodes[0].manifest(of: file) },
            ] { #expect(error?.code == .unavailable) }
        }
    }

    /// What the chunks of file `number` hold.
    private static func pieces(_ number: Int) -> [[UInt8]] {
        let content = (0..<Limits.chunkBytes + 1_000).map { UInt8(truncatingIfNeeded: $0 &* ($0 + number - 1) >> 7) }
        return [Array(content[..<Limits.chunkBytes]), Array(content[Limits.chunkBytes...])]
    }

    /// A file of two chunks.
    private static func writeLargeFile(
        _ cluster: LocalNodes,
        at path: String = Self.path,
        number: Int = 1
    ) async throws -> Entry {
        let primary = cluster.nodes[0]
        let pieces = Self.pieces(number)
        let chunks = try await primary.store.put(pieces, kind: .chunk).addresses
        let digest = SHA256.digest(pieces.flatMap(\.self))
        let size = UInt64(pieces.reduce(0) { $0 + $1.count })
        let manifest = try Manifest(level: 0, content: digest, size: size, chunks: chunks)
        let address = try await primary.store.put(manifest: manifest)
        let file = try Entry.file(content: digest, size: size, manifest: address)
        _ = try await primary.commit(
            [Change(path: try NamespacePath(path), action: .put(file))],
            author: "tests",
            request: try RequestID(client: "tests", number: WallClock.monotonicNanoseconds())
        )
        return file
    }

    /// Ends the node and removes the segments that hold its chunks.
    private static func loseChunks(of node: Node, _ cluster: LocalNodes) async throws {
        node.end(.restart)
        try await cluster.eventually("it ends") { node.hasEnded }
        let folder = URL(fileURLWithPath: node.configuration.dataDirectory).appendingPathComponent("segments/bulk")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".seg") }
        try #require(!names.isEmpty)
        for name in names { try FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
    }
}
