import Synchronization
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Blob store")
struct BlobStoreTests {
    private let storage: MemoryStorage

    init() throws {
        self.storage = try StoreFixture.memory()
    }

    @Test(
        "what was put reads back, before and after a restart",
        arguments: [0, 1, 31, 32, 400, 70_000, 300_000, 4 << 20]
    )
    func roundTrip(count: Int) async throws {
        var random = SplitMix64(seed: UInt64(count))
        let blobs = [StoreFixture.text(1, count: count), random.bytes(count)]
        var store = try await StoreFixture.open(self.storage)
        let result = try await store.put(blobs)
        #expect(result.addresses == blobs.map(StoreFixture.address) && result.newCount == (count == 0 ? 1 : 2))
        for _ in 0..<2 {
            #expect(store.contains(result.addresses) == [true, true])
            for (address, blob) in zip(result.addresses, blobs) {
                #expect(try await store.read(address) == blob)
                #expect(store.rawBytesCount(of: address) == count)
            }
            try await store.close()
            store = try await StoreFixture.open(self.storage)
            #expect(!store.recovery.hasLosses && store.recovery.segments.isEmpty)
        }
        try await store.close()
    }

    @Test("the same content is stored once, within a call, between calls and after a restart")
    func deduplication() async throws {
        var store = try await StoreFixture.open(self.storage)
        let blob = StoreFixture.text(1)
        let first = try await store.put([blob, StoreFixture.text(2), blob])
        #expect(first.newCount == 2 && first.newStoredBytesCount > 0)
        #expect(try await store.put([blob]).newCount == 0)
        try await store.close()
        store = try await StoreFixture.open(self.storage)
        let again = try await store.put([blob])
        #expect(again.newCount == 0 && again.newStoredBytesCount == 0 && again.addresses == [first.addresses[0]])
        #expect(store.statistics().blobCount == 2 && store.statistics().rawBytesCount == 800)
        try await store.close()
    }

    @Test("many callers at once each get what they put, and equal blobs are stored once")
    func concurrency() async throws {
        let store = try await StoreFixture.open(self.storage)
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<40 {
                group.addTask {
                    let blobs = (0..<20).map { StoreFixture.text(caller / 2 * 10 + $0) }
                    let result = try await store.put(blobs)
                    for (address, blob) in zip(result.addresses, blobs) {
                        let bytes = try await store.read(address)
                        #expect(bytes == blob)
                    }
                    return result.newCount
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == store.statistics().blobCount && total == 210)
        #expect(try await store.verifyAll { _, _ in }.isEmpty)
        try await store.close()
    }

    @Test("a blob that is not here is an error that names it")
    func notFound() async throws {
        let store = try await StoreFixture.open(self.storage)
        let address = StoreFixture.address([1])
        let error = await #expect(throws: StoreError.self) { _ = try await store.read(address) }
        #expect(error?.code == .notFound && error?.address == address && error?.message.contains(address.hex) ?? false)
        #expect(store.contains([address]) == [false] && store.rawBytesCount(of: address) == nil)
        try await store.close()
    }

    @Test("a blob over its limit is refused")
    func tooLarge() async throws {
        let store = try await StoreFixture.open(self.storage)
        let error = await #expect(throws: StoreError.self) {
            _ = try await store.put([[UInt8](repeating: 0, count: Limits.blobBytesMax + 1)])
        }
        #expect(error?.code == .invalid)
        try await store.close()
    }

    @Test("one node at a time, and only the folder's own")
    func ownership() async throws {
        let store = try await StoreFixture.open(self.storage)
        let second = await #expect(throws: StoreError.self) { _ = try await StoreFixture.open(self.storage) }
        #expect(second?.code == .wrongStore && second?.message.contains("another node") ?? false)
        _ = try await store.put([[1]])
        try await store.close()
        var configuration = try StoreFixture.configuration()
        configuration.datacenter = try DatacenterID("dc2")
        let other = configuration
        let foreign = await #expect(throws: StoreError.self) { _ = try await StoreFixture.open(self.storage, other) }
        #expect(foreign?.code == .wrongStore && foreign?.message.contains("dc1") ?? false)
        try await StoreFixture.open(self.storage).close()
    }

    @Test("calls after closing are refused")
    func closed() async throws {
        let store = try await StoreFixture.open(self.storage)
        try await store.close()
        for _ in 0..<2 {
            let error = await #expect(throws: StoreError.self) { _ = try await store.put([[1]]) }
            #expect(error?.code == .closed)
        }
        let superblock = store.superblock
        let error = await #expect(throws: StoreError.self) { try await store.update(superblock: superblock) }
        #expect(error?.code == .closed)
    }

    @Test("segments are sealed when full, and opened by their footers")
    func segments() async throws {
        var random = SplitMix64(seed: 4)
        var store = try await StoreFixture.open(self.storage)
        let blobs = (0..<40).map { _ in random.bytes(8_000) }
        for blob in blobs { _ = try await store.put([blob]) }
        #expect(store.statistics().segmentCount[.small] ?? 0 >= 5)
        try await store.close()
        store = try await StoreFixture.open(self.storage)
        #expect(store.recovery.scannedCount == 1 && store.recovery.segmentCount >= 5)
        for blob in blobs {
            let bytes = try await store.read(StoreFixture.address(blob))
            #expect(bytes == blob)
        }
        #expect(store.statistics().blobCount == 40)
        try await store.close()
    }

    @Test("progress of a verification ends at all bytes")
    func progress() async throws {
        let store = try await StoreFixture.open(self.storage)
        _ = try await store.put((0..<600).map { StoreFixture.text($0) })
        let last = Mutex<(UInt64, UInt64)>((0, 0))
        let bad = try await store.verifyAll { done, total in last.withLock { $0 = (done, total) } }
        #expect(bad.isEmpty && last.withLock { $0 == (240_000, 240_000) })
        try await store.close()
    }

    @Test("a clean stop leaves no zeros behind the last batch, and the same segment goes on")
    func cleanStop() async throws {
        var store = try await StoreFixture.open(self.storage)
        _ = try await store.put([StoreFixture.text(1)])
        try await store.close()
        let path = try #require(self.storage.paths.first { $0.hasSuffix(".seg") })
        // The header, the batch and what declares it durable take a page each.
        #expect(self.storage.content(of: path)?.count ?? 0 < 8_192 + 200)
        store = try await StoreFixture.open(self.storage)
        _ = try await store.put([StoreFixture.text(2)])
        #expect(self.storage.paths.filter { $0.hasSuffix(".seg") } == [path])
        try await store.close()
    }

    @Test("random use with restarts behaves as a dictionary", arguments: 0..<6 as Range<UInt64>)
    func model(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        var store = try await StoreFixture.open(self.storage)
        var model: [BlobAddress: [UInt8]] = [:]
        for _ in 0..<60 {
            switch random.below(10) {
            case 0:
                try await store.close()
                store = try await StoreFixture.open(self.storage)
            case 1...5:
                let blobs = (0..<random.within(1...8)).map { _ in
                    StoreFixture.text(random.below(60), count: random.within(0...3_000))
                }
                let addresses = try await store.put(blobs).addresses
                for (address, blob) in zip(addresses, blobs) { model[address] = blob }
            default:
                let address = model.keys.sorted().randomElement(using: &random) ?? .zero
                let bytes = try? await store.read(address)
                #expect(bytes == model[address], "seed \(seed)")
            }
        }
        #expect(store.statistics().blobCount == model.count, "seed \(seed)")
        for (address, blob) in model {
            let bytes = try await store.read(address)
            #expect(bytes == blob, "seed \(seed)")
        }
        try await store.close()
    }
}
