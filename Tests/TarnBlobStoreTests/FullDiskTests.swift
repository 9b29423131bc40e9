import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@Suite("Full disks")
struct FullDiskTests {
    private static func fill(_ storage: FaultyStorage) {
        storage.setCapacity(storage.paths.reduce(0) { $0 + (storage.content(of: $1)?.count ?? 0) })
    }

    private static func open(_ storage: any Storage, isEncrypted: Bool) async throws -> BlobStore {
        var configuration = try StoreFixture.configuration()
        configuration.growthStepBytes = 0
        let key = isEncrypted ? String(repeating: "0123456789abcdef", count: 4) : nil
        return try await StoreFixture.open(
            SealedStorage(storage, key: try key.map { try StorageKey(hex: $0) }),
            configuration
        )
    }

    @Test("writes that are refused leave no files behind", arguments: [false, true])
    func emptyFiles(isEncrypted: Bool) async throws {
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await Self.open(storage, isEncrypted: isEncrypted)
        _ = try await store.put([StoreFixture.text(0)])
        // The next write needs a new segment.
        _ = try await store.sealSegments()
        Self.fill(storage)
        let paths = storage.paths
        for number in 1..<20 as Range<UInt64> {
            // Log records are not refused beforehand: they may use the reserve.
            let error = await #expect(throws: StoreError.self) {
                try await store.append([.acknowledgement(op: Op(number), entry: .zero)], stored: [])
            }
            #expect(error?.code == .noSpace)
        }
        #expect(storage.paths == paths)
        storage.setCapacity(1 << 30)
        #expect(try await store.put([StoreFixture.text(1)]).newCount == 1)
        try await store.close()
    }

    @Test("a full disk does not count as a failing one when the last batch is declared", arguments: [false, true])
    func trim(isEncrypted: Bool) async throws {
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await Self.open(storage, isEncrypted: isEncrypted)
        let blob = StoreFixture.text(0)
        _ = try await store.put([blob])
        Self.fill(storage)
        try await store.close()
        #expect(!store.needsEvacuation && store.statistics().suspectCount == 0)
        let again = try await Self.open(storage.crash(.everything), isEncrypted: isEncrypted)
        #expect(!again.recovery.hasLosses)
        #expect(try await again.read(SHA256.digest(blob)) == blob)
        try await again.close()
    }
}
