import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Differences")
struct DifferenceTests {
    private static func open(_ storage: MemoryStorage, rebuilds: Bool = false) async throws -> BlobStore {
        var configuration = try StoreFixture.configuration(segmentBytesMax: 1 << 20)
        configuration.cacheBytesMax = 8 << 20
        configuration.rebuildsSimilarity = rebuilds
        return try await StoreFixture.open(storage, configuration)
    }

    /// Copies of a few templates, each with parameters and an edit of its own.
    private static func notebooks(_ count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SplitMix64(seed: seed)
        let templates = (0..<5).map { _ in random.text(8_000) }
        return (0..<count).map { number in
            var notebook =
                Array("# notebook \(number) of client \(random.below(1_000))\n".utf8) + random.pick(templates)
            let place = random.below(notebook.count)
            notebook.insert(contentsOf: random.text(60), at: place)
            return notebook
        }
    }

    private static func storedBytesCount(_ store: BlobStore) -> Int {
        Int(store.statistics().storedBytesCount[.small] ?? 0)
    }

    @Test("notebooks that resemble each other take a tenth of what they take alone, and read back after a restart")
    func templates() async throws {
        let storage = try StoreFixture.memory()
        let store = try await Self.open(storage)
        let notebooks = Self.notebooks(300, seed: 1)
        for start in stride(from: 0, to: notebooks.count, by: 50) {
            let result = try await store.put(Array(notebooks[start..<start + 50]))
            #expect(result.newCount == 50)
        }
        #expect(Self.storedBytesCount(store) < notebooks.reduce(0) { $0 + $1.count } / 20)
        try await store.close()
        let again = try await Self.open(storage)
        for notebook in notebooks {
            let read = try await again.read(SHA256.digest(notebook))
            #expect(read == notebook)
        }
        #expect(try await again.verifyAll { _, _ in }.isEmpty)
        try await again.close()
    }

    @Test("versions of one notebook in one call are differences to each other, in chains that stay bounded")
    func versions() async throws {
        var random = SplitMix64(seed: 2)
        let store = try await Self.open(try StoreFixture.memory())
        var versions = [random.text(6_000)]
        for _ in 1..<60 {
            var next = versions[versions.count - 1]
            next.replaceSubrange(100..<110, with: random.text(30))
            versions.append(next)
        }
        let addresses = try await store.put(versions).addresses
        #expect(Self.storedBytesCount(store) < 30_000)
        let stored = try await store.readStored(addresses, bytesMax: 1 << 20)
        #expect(stored.filter { $0.codec == .zstdDelta }.count >= 50)
        #expect(stored.allSatisfy { $0.bases.count <= Limits.basesMax })
        for (address, version) in zip(addresses, versions) {
            let read = try await store.read(address)
            #expect(read == version)
        }
        try await store.close()
    }

    @Test("callers that store similar blobs at the same time never depend on what is not durable before them")
    func concurrency() async throws {
        let storage = try StoreFixture.memory()
        let store = try await Self.open(storage)
        let notebooks = Self.notebooks(320, seed: 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for start in stride(from: 0, to: notebooks.count, by: 40) {
                // Every part is stored twice, by two callers.
                for _ in 0..<2 {
                    group.addTask { _ = try await store.put(Array(notebooks[start..<start + 40])) }
                }
            }
            try await group.waitForAll()
        }
        #expect(store.statistics().blobCount == notebooks.count)
        try await store.close()
        let again = try await Self.open(storage)
        #expect(!again.recovery.hasLosses)
        #expect(try await again.verifyAll { _, _ in }.isEmpty)
        for notebook in notebooks {
            let read = try await again.read(SHA256.digest(notebook))
            #expect(read == notebook)
        }
        try await again.close()
    }

    @Test("differences travel as they are stored, in any order within one call")
    func travel() async throws {
        let store = try await Self.open(try StoreFixture.memory())
        let notebooks = Self.notebooks(100, seed: 4)
        let addresses = try await store.put(notebooks).addresses
        let stored = try await store.readStored(addresses, bytesMax: 1 << 20)
        #expect(stored.count == 100 && stored.contains { $0.codec == .zstdDelta })
        let other = try await Self.open(try StoreFixture.memory())
        try await other.put(stored: stored.reversed())
        #expect(try await other.readStored(addresses, bytesMax: 1 << 20) == stored)
        #expect(try await other.verifyAll { _, _ in }.isEmpty)
        // What came from elsewhere is a base for what is stored here.
        let edited = notebooks[3] + Array("# edited elsewhere".utf8)
        let address = try await other.put([edited]).addresses[0]
        #expect(try await other.readStored([address], bytesMax: 1 << 20)[0].codec == .zstdDelta)
        try await store.close()
        try await other.close()
    }

    @Test("binary content is never compared with others")
    func binary() async throws {
        let store = try await Self.open(try StoreFixture.memory())
        var random = SplitMix64(seed: 5)
        let binary = [0, 1, 2] + random.text(5_000)
        let addresses = try await store.put([binary, binary + [1]]).addresses
        let stored = try await store.readStored(addresses, bytesMax: 1 << 20)
        #expect(stored.allSatisfy { $0.bases.isEmpty })
        try await store.close()
    }

    @Test("a store that is opened again finds bases among what it holds")
    func rebuild() async throws {
        let storage = try StoreFixture.memory()
        let store = try await Self.open(storage)
        let notebooks = Self.notebooks(40, seed: 6)
        _ = try await store.put(notebooks)
        try await store.close()
        let again = try await Self.open(storage, rebuilds: true)
        // It runs beside: some put comes after it has been through.
        var codec = StoredBlob.Codec.zstd
        for attempt in 0..<1_000 where codec != .zstdDelta {
            let edited = notebooks[attempt % 40] + Array("# edit \(attempt)".utf8)
            let address = try await again.put([edited]).addresses[0]
            codec = try await again.readStored([address], bytesMax: 1 << 20)[0].codec
        }
        #expect(codec == .zstdDelta)
        #expect(try await again.verifyAll { _, _ in }.isEmpty)
        try await again.close()
    }

    @Test("what waits for a base is told from what can be stored at once")
    func decodable() async throws {
        let store = try await Self.open(try StoreFixture.memory())
        let notebooks = Self.notebooks(30, seed: 7)
        let addresses = try await store.put(notebooks).addresses
        let stored = try await store.readStored(addresses, bytesMax: 1 << 20)
        let other = try await Self.open(try StoreFixture.memory())
        var arrived: [StoredBlob] = []
        for blob in stored.reversed() {
            // Each comes alone, the newest first: nothing is stored before its bases are.
            arrived.append(blob)
            let (ready, rest) = other.decodable(arrived)
            try await other.put(stored: ready)
            arrived = rest
        }
        #expect(arrived.isEmpty)
        #expect(other.contains(addresses).allSatisfy { $0 })
        #expect(try await other.verifyAll { _, _ in }.isEmpty)
        try await store.close()
        try await other.close()
    }

    @Test("a difference whose base is not there fails alone, and others of its batch are stored")
    func missingBase() async throws {
        let store = try await Self.open(try StoreFixture.memory())
        let notebooks = Self.notebooks(10, seed: 8)
        let addresses = try await store.put(notebooks).addresses
        let stored = try await store.readStored(addresses, bytesMax: 1 << 20)
        let delta = try #require(stored.first { $0.codec == .zstdDelta })
        let other = try await Self.open(try StoreFixture.memory())
        #expect(other.decodable([delta]).waiting == [delta])
        #expect(other.decodable([delta], beside: Set(delta.bases)).ready == [delta])
        async let good: Void = other.put(
            stored: stored.filter { $0.bases.isEmpty && !delta.bases.contains($0.address) }
        )
        let error = await #expect(throws: StoreError.self) { try await other.put(stored: [delta]) }
        #expect(error?.code == .missingBase && delta.bases.contains(error?.address ?? .zero))
        try await good
        #expect(other.contains([delta.address]) == [false])
        #expect(try await other.verifyAll { _, _ in }.isEmpty)
        try await store.close()
        try await other.close()
    }
}
