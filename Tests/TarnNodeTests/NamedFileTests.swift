import TarnBlobStore
import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

/// What an entry says of its content is so at every member that acknowledged it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct NamedFileTests {
    private static func chunk(_ fill: UInt8, _ count: Int) -> [UInt8] { Array(repeating: fill, count: count) }

    @Test func `a large file is whole everywhere though its manifest was stored as a file before`() async throws {
        let chunks = [Self.chunk(1, Limits.chunkBytes), Self.chunk(2, 1_000)]
        let content = SHA256.digest(chunks[0] + chunks[1])
        let manifest = try Manifest(
            content: content,
            size: UInt64(Limits.chunkBytes + 1_000),
            chunks: chunks.map { SHA256.digest($0) }
        )
        try await LocalNodes.run { cluster in
            let encoded = manifest.encoded()
            let file = try await cluster.nodes[0].stage(content: encoded)
            let bytes = try Entry.file(content: file, size: UInt64(encoded.count))
            _ = try await Self.commit(bytes, at: "/workspace/bytes", cluster)
            try await cluster.eventually("all have the bytes") {
                cluster.nodes.allSatisfy { $0.store.contains([file]) == [true] }
            }
            _ = try await cluster.nodes[0].put(blobs: chunks)
            let address = try await cluster.nodes[0].put(manifest: manifest)
            #expect(address == file)
            let large = try Entry.file(content: content, size: manifest.size, manifest: address)
            let op = try await Self.commit(large, at: "/workspace/large", cluster)
            for node in cluster.nodes {
                try await cluster.eventually("\(node.datacenter) says that it holds op \(op)") {
                    await node.ownHead().prefixComplete >= op
                }
                #expect(node.store.contains(manifest.chunks) == [true, true], "\(node.datacenter)")
                #expect(node.store.holdsManifests([address]), "\(node.datacenter)")
            }
        }
    }

    @Test func `an entry that says what is not so of its content is refused`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            let node = cluster.nodes[0]
            let small = try await node.stage(content: [1, 2, 3])
            let chunks = [Self.chunk(3, Limits.chunkBytes), Self.chunk(4, 10)]
            let content = SHA256.digest(chunks[0] + chunks[1])
            let size = UInt64(Limits.chunkBytes + 10)
            let addresses = chunks.map { SHA256.digest($0) }
            _ = try await node.put(blobs: chunks)
            let manifest = try await node.put(manifest: Manifest(content: content, size: size, chunks: addresses))
            let swapped = try Manifest(content: content, size: size, chunks: addresses.reversed())
            let wrong = try await node.put(manifest: swapped)
            let entries: [Entry] = [
                try .file(content: small, size: 4),
                try .file(content: SHA256.digest([9]), size: size, manifest: manifest),
                try .file(content: content, size: size + 1, manifest: manifest),
                try .file(content: content, size: size, manifest: small),
                try .file(content: content, size: size, manifest: wrong),
            ]
            for entry in entries {
                let error = await #expect(throws: NodeError.self, "\(entry)") {
                    _ = try await Self.commit(entry, at: "/workspace/file", cluster)
                }
                #expect(error?.code == .invalidRequest, "\(entry)")
            }
            let right = try Entry.file(content: content, size: size, manifest: manifest)
            _ = try await Self.commit(right, at: "/workspace/file", cluster)
        }
    }

    private static func commit(_ entry: Entry, at path: String, _ cluster: LocalNodes) async throws -> Op {
        try await cluster.nodes[0].commit(
            [Change(path: try NamespacePath(path), action: .put(entry))],
            author: "tests",
            request: try RequestID(client: "tests", number: WallClock.monotonicNanoseconds())
        ).op
    }
}
