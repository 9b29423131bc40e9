import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import Testing

@Suite("Log in the store")
struct LogStoreTests {
    private let storage: MemoryStorage

    init() throws {
        self.storage = try StoreFixture.memory()
    }

    private func reopened(_ store: BlobStore) async throws -> BlobStore {
        try await store.close()
        return try await StoreFixture.open(self.storage)
    }

    @Test("entries, acknowledgements and heads are there after a restart")
    func restart() async throws {
        let entries = try StoreFixture.chain(30)
        var store = try await StoreFixture.open(self.storage)
        #expect(store.log.isEmpty)
        for entry in entries {
            try await store.append(
                [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)],
                stored: []
            )
        }
        try await store.append([.head(logView: View(2), op: Op(29), entry: entries[29].hash)], stored: [])
        for _ in 0..<2 {
            let log = store.log
            #expect(
                log.head == Op(29) && log.headEntry == entries[29].hash && log.logView == View(2) && log.first == Op(0)
            )
            #expect(log.acknowledgedThrough == Op(29) && log.isAcknowledged(Op(7)) && !store.isAcknowledged(Op(30)))
            #expect(try await store.entry(at: Op(11)) == entries[11])
            #expect(try await store.entry(at: Op(30)) == nil)
            #expect(try await store.entries(after: Op(4), bytesMax: 1 << 20) == Array(entries[5...]))
            #expect(try await store.entries(after: Op(4), bytesMax: 1_000) == [entries[5]])
            #expect(try await store.headers(after: Op(0), limit: 3) == entries[1...3].map(\.header))
            #expect(try await store.entries(after: Op(29), bytesMax: 10).isEmpty)
            // No op follows the last number that there is.
            #expect(try await store.entries(after: Op(.max), bytesMax: 10).isEmpty)
            #expect(try await store.headers(after: Op(.max), limit: 3).isEmpty)
            store = try await self.reopened(store)
        }
        try await store.close()
    }

    @Test("a record of the log shares batch and synchronization with the blobs beside it")
    func oneBatch() async throws {
        let faulty = FaultyStorage(image: self.storage)
        let store = try await StoreFixture.open(faulty)
        let chain = try StoreFixture.chain(2)
        try await store.append([.entry(chain[0])], stored: [])
        let steps = faulty.stepCount
        let raw = StoreFixture.text(1)
        let blob = StoredBlob(
            address: SHA256.digest(raw),
            kind: .blob,
            codec: .raw,
            rawBytesCount: raw.count,
            bytes: raw
        )
        try await store.append([.entry(chain[1]), .acknowledgement(op: Op(1), entry: chain[1].hash)], stored: [blob])
        #expect(faulty.stepCount == steps + 2)
        #expect(try await store.read(blob.address) == raw)
        try await store.close()
    }

    @Test("the newest entry of an op wins, and the superseded ones can still be read")
    func superseded() async throws {
        let chain = try StoreFixture.chain(6)
        var store = try await StoreFixture.open(self.storage)
        try await store.append(chain.map { .entry($0) }, stored: [])
        let replacement = try StoreFixture.entry(op: 3, parent: chain[2].hash, view: 1)
        try await store.append([.entry(replacement)], stored: [])
        for _ in 0..<2 {
            #expect(store.log.head == Op(3) && store.log.headEntry == replacement.hash)
            #expect(try await store.entry(at: Op(3)) == replacement)
            #expect(try await store.entry(at: Op(4)) == nil)
            #expect(store.supersededEntries(at: Op(3)) == [chain[3].hash])
            #expect(try await store.entry(at: Op(4), hash: chain[4].hash) == chain[4])
            store = try await self.reopened(store)
        }
        try await store.close()
    }

    @Test("empty and large bodies are stored like any other")
    func bodies() async throws {
        let store = try await StoreFixture.open(self.storage)
        let empty = try StoreFixture.entry(op: 0, parent: .zero, body: [])
        let large = try StoreFixture.entry(
            op: 1,
            parent: empty.hash,
            body: StoreFixture.text(3, count: Limits.logBodyBytesMax)
        )
        try await store.append([.entry(empty), .entry(large)], stored: [])
        #expect(try await store.entry(at: Op(0)) == empty)
        #expect(try await store.entry(at: Op(1)) == large)
        #expect(try await store.headers(after: Op(0), limit: 9) == [large.header])
        let tooLarge = try StoreFixture.entry(
            op: 2,
            parent: large.hash,
            body: StoreFixture.text(3, count: Limits.logBodyBytesMax + 1)
        )
        await #expect(throws: StoreError.self) { try await store.append([.entry(tooLarge)], stored: []) }
        try await store.close()
    }

    @Test("checkpoints and their nodes are there after a restart")
    func checkpoints() async throws {
        var store = try await StoreFixture.open(self.storage)
        let nodes = (0..<50).map { (SHA256.digest([UInt8($0), 1]), StoreFixture.text($0)) }
        try await store.writeNodes(Array(nodes[..<40]))
        let checkpoint = Checkpoint(
            op: Op(7),
            entry: SHA256.digest([1]),
            root: SHA256.digest([2]),
            payload: StoreFixture.text(9, count: 100_000)
        )
        try await store.writeCheckpoint(checkpoint, nodes: Array(nodes[30...]))
        let later = Checkpoint(op: Op(9), entry: SHA256.digest([3]), root: SHA256.digest([4]), payload: [])
        try await store.writeCheckpoint(later, nodes: [])
        for _ in 0..<2 {
            #expect(store.checkpoints().map(\.op) == [Op(7), Op(9)])
            #expect(try await store.checkpoint(at: Op(7)) == checkpoint)
            #expect(try await store.checkpoint(at: Op(9)) == later)
            for (hash, bytes) in nodes {
                let read = try await store.node(hash)
                #expect(read == bytes)
            }
            #expect(store.statistics().nodeCount == 50)
            store = try await self.reopened(store)
        }
        await #expect(throws: StoreError.self) { _ = try await store.node(SHA256.digest([99])) }
        await #expect(throws: StoreError.self) { _ = try await store.checkpoint(at: Op(8)) }
        try await store.close()
    }

    @Test("the superblock is durable, and never takes a promise back")
    func superblock() async throws {
        var store = try await StoreFixture.open(self.storage)
        #expect(store.recovery.superblock == .created && store.superblock.isTrusted)
        var superblock = store.superblock
        superblock.view = View(5)
        superblock.logView = View(4)
        superblock.commit = Op(10)
        try await store.update(superblock: superblock)
        superblock.view = View(3)
        superblock.commit = Op(12)
        try await store.update(superblock: superblock)
        for _ in 0..<2 {
            #expect(
                store.superblock.view == View(5) && store.superblock.logView == View(4)
                    && store.superblock.commit == Op(12)
            )
            store = try await self.reopened(store)
            #expect(store.recovery.superblock == .intact)
        }
        try await store.close()
    }

    @Test(
        "either copy of the superblock may be damaged; without both the node is not trusted",
        arguments: [[0], [4_096], [0, 4_096]]
    )
    func superblockDamage(offsets: [Int]) async throws {
        var store = try await StoreFixture.open(self.storage)
        var superblock = store.superblock
        superblock.view = View(8)
        try await store.update(superblock: superblock)
        let address = try await store.put([StoreFixture.text(1)]).addresses[0]
        try await store.close()
        for offset in offsets { self.storage.flip(bit: (offset + 60) * 8, of: "/data/superblock") }
        store = try await StoreFixture.open(self.storage)
        let isLost = offsets.count == 2
        #expect(store.recovery.superblock == (isLost ? .lost : .repaired) && store.superblock.isTrusted == !isLost)
        #expect(store.superblock.view == (isLost ? View(0) : View(8)) && store.recovery.hasLosses == isLost)
        #expect(try await store.read(address) == StoreFixture.text(1))
        store = try await self.reopened(store)
        #expect(store.recovery.superblock == .intact && store.superblock.isTrusted == !isLost)
        try await store.close()
    }
}
