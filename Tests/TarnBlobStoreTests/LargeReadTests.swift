import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@testable import TarnBlobStore

@Suite("Large records are read past the page cache once")
struct LargeReadTests {
    private static let large = 1 << 20

    /// A store whose large blobs each lie in a segment that is full, and those blobs.
    private static func store(
        on storage: any Storage,
        blobs count: Int,
        segmentBytesMax: Int = 64 << 10
    ) async throws -> (BlobStore, [[UInt8]]) {
        let store = try await StoreFixture.open(
            storage,
            StoreFixture.configuration(segmentBytesMax: segmentBytesMax)
        )
        var random = SplitMix64(seed: 9)
        let blobs = (0...count).map { _ in random.bytes(Self.large) }
        for blob in blobs { _ = try await store.put([blob]) }
        return (store, Array(blobs.dropLast()))
    }

    @Test("the first read of a record goes past the cache, the next ones do not")
    func onceOnly() async throws {
        let storage = WatchedStorage(try StoreFixture.memory())
        let (store, blobs) = try await Self.store(on: storage, blobs: 2)
        let small = StoreFixture.text(1, count: 100)
        _ = try await store.put([small])
        _ = storage.takeReads()
        for expected in [OpenMode.direct, .read, .read] {
            for blob in blobs {
                #expect(try await store.read(SHA256.digest(blob)) == blob)
                #expect(storage.takeReads() == [expected])
            }
        }
        #expect(try await store.read(SHA256.digest(small)) == small)
        #expect(storage.takeReads().isEmpty)
        try await store.close()
    }

    @Test("what another datacentre fetches goes past the cache, unless it was written just now")
    func forPeers() async throws {
        for (segmentBytesMax, expected) in [(64 << 10, OpenMode.direct), (16 << 20, .read)] {
            let storage = WatchedStorage(try StoreFixture.memory())
            let (store, blobs) = try await Self.store(on: storage, blobs: 3, segmentBytesMax: segmentBytesMax)
            _ = storage.takeReads()
            let stored = try await store.readStored(blobs.map(SHA256.digest), bytesMax: 1 << 30, isForPeer: true)
            #expect(stored.map(\.bytes) == blobs)
            #expect(storage.takeReads() == blobs.map { _ in expected })
            try await store.close()
        }
    }

    @Test("a file system that cannot be read past its cache is read through it")
    func refused() async throws {
        let storage = WatchedStorage(try StoreFixture.memory(), refusesDirect: true)
        let (store, blobs) = try await Self.store(on: storage, blobs: 1)
        _ = storage.takeReads()
        #expect(try await store.read(SHA256.digest(blobs[0])) == blobs[0])
        #expect(storage.takeReads() == [.read])
        try await store.close()
    }

    @Test("a damaged record is found out whichever way it is read")
    func damaged() async throws {
        let memory = try StoreFixture.memory()
        let (store, blobs) = try await Self.store(on: memory, blobs: 1)
        let path = try #require(memory.paths.first { (memory.content(of: $0)?.count ?? 0) > Self.large })
        memory.flip(bit: 8 * (Self.large / 2), of: path)
        for _ in 0..<2 {
            let error = await #expect(throws: StoreError.self) { _ = try await store.read(SHA256.digest(blobs[0])) }
            #expect(error?.code == .corrupt)
        }
        try await store.close()
    }

    @Test("what was read long ago counts as never read, in a memory that does not grow")
    func forgetting() {
        var reads = LargeReads()
        let remembersFirst = [reads.note(1, at: 4_096), reads.note(1, at: 4_096)]
        #expect(remembersFirst == [false, true])
        let remembersOthers = [reads.note(2, at: 4_096), reads.note(1, at: 8_192)]
        #expect(remembersOthers == [false, false])
        let others = UInt32(10)..<UInt32(10 + 64 << Limits.largeReadsBits)
        let known = others.count { reads.note($0, at: 4_096) }
        #expect(known == 0)
        let isFirstKnown = reads.note(1, at: 4_096)
        #expect(!isFirstKnown)
        let remembered = others.count { reads.note($0, at: 4_096) }
        #expect(remembered <= 1 << Limits.largeReadsBits)
    }
}
