import TarnBlobStore
import TarnCore
import TarnStorage
import Testing

@Suite("The copies of the superblock")
struct SuperblockTests {
    /// The disk of a store that promised view 5 and then lost its power in between the two copies of view 8.
    private static func interrupted() async throws -> MemoryStorage {
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await StoreFixture.open(storage)
        try await Self.promise(View(5), store)
        // A copy is written, synchronized, and then comes the other.
        storage.setPlan(FaultPlan(faults: [storage.stepCount + 2: .crash]))
        await #expect(throws: StoreError.self) { try await Self.promise(View(8), store) }
        return storage.crash(.everything)
    }

    private static func promise(_ view: View, _ store: BlobStore) async throws {
        var superblock = store.superblock
        superblock.view = view
        try await store.update(superblock: superblock)
    }

    @Test("what a start went by is not forgotten when either copy is damaged later", arguments: [0, 4_096])
    func unevenCopies(offset: Int) async throws {
        let storage = try await Self.interrupted()
        var store = try await StoreFixture.open(storage)
        #expect(store.superblock.view == View(8) && store.recovery.superblock == .intact)
        try await store.close()
        storage.flip(bit: (offset + 60) * 8, of: "/data/superblock")
        store = try await StoreFixture.open(storage)
        #expect(store.superblock.view == View(8) && store.recovery.superblock == .repaired)
        try await store.close()
    }

    @Test("repairing one copy leaves the other alone until it is durable", arguments: [0, 4_096])
    func repair(offset: Int) async throws {
        let image = try StoreFixture.memory()
        let store = try await StoreFixture.open(image)
        try await Self.promise(View(8), store)
        try await store.close()
        image.flip(bit: (offset + 60) * 8, of: "/data/superblock")
        let good = offset == 0 ? 4_096..<8_192 : 0..<4_096
        let before = try #require(image.content(of: "/data/superblock"))[good]
        var overwrittenCount = 0
        for step in 0..<16 {
            let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: image.copy())
            if let store = try? await StoreFixture.open(storage) { try? await store.close() }
            let crashed = storage.crash(.nothing)
            var content = try #require(crashed.content(of: "/data/superblock"))
            guard content[good] != before else { continue }
            // Half of it may be all that got to the disk.
            overwrittenCount += 1
            content.replaceSubrange(good, with: [UInt8](repeating: 0xff, count: good.count))
            crashed.setContent(of: "/data/superblock", to: content)
            let next = try await StoreFixture.open(crashed)
            #expect(next.superblock.view == View(8) && next.superblock.isTrusted, "step \(step)")
            try await next.close()
        }
        #expect(overwrittenCount > 0)
    }

    @Test("of changes that cross none undoes another")
    func crossing() async throws {
        let storage = try StoreFixture.memory()
        var store = try await StoreFixture.open(storage)
        try await store.updateSuperblock { $0.isTrusted = false }
        try await withThrowingTaskGroup(of: Void.self) { [store] group in
            for number in 1...40 as ClosedRange<UInt64> {
                group.addTask { try await store.updateSuperblock { $0.commit = Op(number) } }
            }
            group.addTask { try await store.updateSuperblock { $0.isTrusted = true } }
            try await group.waitForAll()
        }
        #expect(store.superblock.isTrusted && store.superblock.commit == Op(40))
        try await store.close()
        store = try await StoreFixture.open(storage)
        #expect(store.superblock.isTrusted && store.superblock.commit == Op(40))
        try await store.close()
    }
}
