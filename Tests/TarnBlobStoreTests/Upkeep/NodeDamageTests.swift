import TarnBlobStore
import TarnCore
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Damaged tree nodes")
struct NodeDamageTests {
    private let storage: FaultyStorage
    private let store: BlobStore
    private let nodes: [(Digest, [UInt8])]

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await CollectionFixture.open(self.storage, TestClock())
        var random = SplitMix64(seed: 3)
        self.nodes = (0..<3).map { _ in (random.digest(), random.bytes(700)) }
        try await self.store.writeNodes(self.nodes)
        // In the middle of the second one.
        let path = try #require(self.storage.paths.first { $0.contains("/meta/") })
        let content = try #require(self.storage.content(of: path))
        let start = try #require(content.firstRange(of: self.nodes[1].1)?.lowerBound)
        self.storage.flip(bit: (start + 300) * 8, of: path)
    }

    private func expectHealed(_ store: BlobStore) async throws {
        #expect(store.damaged(nodes: self.nodes.map(\.0)).isEmpty && store.damagedCount == 0)
        for (hash, bytes) in self.nodes { #expect(try await store.node(hash) == bytes) }
    }

    @Test("one that a scrub found is stored again by whoever writes it, and is whole after a restart, too")
    func scrubbed() async throws {
        var position: ScrubPosition? = .start
        while let current = position { position = try await self.store.scrub(at: current, bytesMax: 1 << 20).next }
        #expect(self.store.damaged(nodes: self.nodes.map(\.0)) == [self.nodes[1].0])
        try await self.store.writeNodes(self.nodes)
        try await self.expectHealed(self.store)
        #expect(self.store.statistics().nodeCount == 3)
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), TestClock())
        try await self.expectHealed(again)
        try await again.close()
    }

    @Test("one that a reader came upon is stored again, too")
    func read() async throws {
        let error = await #expect(throws: StoreError.self) { _ = try await self.store.node(self.nodes[1].0) }
        #expect(error?.code == .corrupt)
        #expect(self.store.damaged(nodes: self.nodes.map(\.0)) == [self.nodes[1].0])
        try await self.store.writeNodes(self.nodes)
        try await self.expectHealed(self.store)
        try await self.store.close()
    }
}
