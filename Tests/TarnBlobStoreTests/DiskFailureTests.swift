import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Failing disks")
struct DiskFailureTests {
    private let storage: FaultyStorage
    private let store: BlobStore

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await StoreFixture.open(self.storage)
        _ = try await self.store.put([StoreFixture.text(0)])
    }

    /// Lets the `count`th step from now on fail.
    private func fail(after count: Int, _ fault: FaultPlan.Fault) {
        self.storage.setPlan(FaultPlan(faults: [self.storage.stepCount + count: fault]))
    }

    @Test("a failed write or synchronization goes to a fresh segment, and the caller never notices", arguments: [0, 1])
    func poison(step: Int) async throws {
        self.fail(after: step, .inputOutput)
        let blob = StoreFixture.text(1)
        let result = try await self.store.put([blob])
        #expect(result.newCount == 1 && self.store.statistics().segmentCount[.small] == 2)
        #expect(self.store.readOnlyReason == nil)
        let poisoned = self.storage.content(of: "/data/segments/small/00000001.seg")
        let second = try await self.store.put([StoreFixture.text(2)]).addresses[0]
        #expect(self.storage.content(of: "/data/segments/small/00000001.seg") == poisoned)
        #expect(try await self.store.read(second) == StoreFixture.text(2))
        try await self.store.close()
        let again = try await StoreFixture.open(self.storage.crash(.everything))
        for number in 0..<3 {
            #expect(try await again.read(SHA256.digest(StoreFixture.text(number))) == StoreFixture.text(number))
        }
        try await again.close()
    }

    @Test("after two failures in a row nothing is written any more, and reads go on")
    func readOnly() async throws {
        self.storage.setPlan(FaultPlan(fromStep: (self.storage.stepCount, .inputOutput)))
        let error = await #expect(throws: StoreError.self) { _ = try await self.store.put([StoreFixture.text(1)]) }
        #expect(error?.code == .readOnly)
        #expect(self.store.readOnlyReason?.contains("twice") ?? false)
        self.storage.setPlan(FaultPlan())
        let still = await #expect(throws: StoreError.self) { _ = try await self.store.put([StoreFixture.text(2)]) }
        #expect(still?.code == .readOnly)
        #expect(self.store.contains([SHA256.digest(StoreFixture.text(1))]) == [false])
        #expect(try await self.store.read(SHA256.digest(StoreFixture.text(0))) == StoreFixture.text(0))
        try await self.store.close()
    }

    @Test("a poisoned segment is read back, and what the disk lost is suspect")
    func audit() async throws {
        let lost = StoreFixture.text(0)
        let path = "/data/segments/small/00000001.seg"
        #expect(self.store.contains([SHA256.digest(lost)]) == [true])
        self.storage.flip(bit: (SegmentHeader.regionBytesCount + 100) * 8, of: path)
        self.fail(after: 1, .inputOutput)
        let kept = try await self.store.put([StoreFixture.text(1)]).addresses
        try await self.store.close()
        #expect(self.store.statistics().suspectCount == 1)
        #expect(self.store.contains([SHA256.digest(lost)] + kept) == [false, true])
    }

    @Test("a full disk refuses content with a reason, takes log records, and recovers by itself")
    func full() async throws {
        var configuration = try StoreFixture.configuration()
        configuration.reserveBytes = 64 << 10
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await StoreFixture.open(storage, configuration)
        _ = try await store.put([StoreFixture.text(0)])
        let used = storage.paths.reduce(0) { $0 + (storage.content(of: $1)?.count ?? 0) }
        storage.setCapacity(used + 40_000)
        #expect(store.freeBytesCount == 0 && store.readOnlyReason?.contains("full") ?? false)
        let error = await #expect(throws: StoreError.self) { _ = try await store.put([StoreFixture.text(1)]) }
        #expect(error?.code == .noSpace && error?.isRetryable ?? false)
        let entry = try StoreFixture.entry(op: 0, parent: .zero)
        try await store.append([.entry(entry), .acknowledgement(op: Op(0), entry: entry.hash)], stored: [])
        #expect(store.isAcknowledged(Op(0)))
        storage.setCapacity(used + 1_000_000)
        #expect(store.readOnlyReason == nil && store.freeBytesCount > 0)
        #expect(try await store.put([StoreFixture.text(1)]).newCount == 1)
        try await store.close()
    }

    @Test("a disk that fills up in the middle of a write costs that write only", arguments: 0..<4)
    func fillsUp(step: Int) async throws {
        self.fail(after: step, .noSpace)
        let blobs = (1..<4).map { StoreFixture.text($0, count: 20_000) }
        var failures = 0
        for blob in blobs {
            do {
                _ = try await self.store.put([blob])
            } catch let error as StoreError {
                #expect(error.code == .noSpace || error.code == .readOnly)
                failures += 1
            }
        }
        #expect(failures <= 1)
        _ = try await self.store.put(blobs)
        try await self.store.close()
        let again = try await StoreFixture.open(self.storage.crash(.everything))
        #expect(!again.recovery.hasLosses)
        for blob in blobs {
            let bytes = try await again.read(SHA256.digest(blob))
            #expect(bytes == blob)
        }
        try await again.close()
    }

    @Test("an acknowledgement whose chunk was not stored is not stored either")
    func chunkBeforeAcknowledgement() async throws {
        var random = SplitMix64(seed: 3)
        let stored = [StoredBlob.Kind.chunk, .blob].map { kind in
            let bytes = random.bytes(3_000)
            return StoredBlob(
                address: SHA256.digest(bytes),
                kind: kind,
                codec: .raw,
                rawBytesCount: bytes.count,
                bases: [],
                bytes: bytes
            )
        }
        let entry = try StoreFixture.entry(op: 0, parent: .zero)
        let records: [BlobStore.LogRecord] = [.entry(entry), .acknowledgement(op: Op(0), entry: entry.hash)]
        // The first step makes a segment for the chunk.
        self.fail(after: 0, .noSpace)
        let error = await #expect(throws: StoreError.self) { try await self.store.append(records, stored: stored) }
        #expect(error?.code == .noSpace)
        #expect(self.store.contains(stored.map(\.address)) == [false, false])
        #expect(!self.store.isAcknowledged(Op(0)))
        try await self.store.append(records, stored: stored)
        #expect(self.store.contains(stored.map(\.address)) == [true, true] && self.store.isAcknowledged(Op(0)))
        try await self.store.close()
    }

    @Test("a superblock that cannot be written makes the store read-only and is not believed")
    func superblock() async throws {
        self.fail(after: 1, .inputOutput)
        var superblock = self.store.superblock
        superblock.view = View(9)
        let wanted = superblock
        let error = await #expect(throws: StoreError.self) { try await self.store.update(superblock: wanted) }
        #expect(error?.code == .readOnly && self.store.superblock.view == View(0))
        #expect(self.store.readOnlyReason?.contains("superblock") ?? false)
        try await self.store.close()
    }

    @Test("one failure anywhere in a workload loses nothing that was acknowledged", arguments: 0..<40)
    func anywhere(step: Int) async throws {
        self.fail(after: step, step.isMultiple(of: 2) ? .inputOutput : .shortWrite)
        var kept: [[UInt8]] = []
        var random = SplitMix64(seed: UInt64(step))
        for _ in 0..<12 {
            let blob = random.bytes(random.within(10...9_000))
            if (try? await self.store.put([blob])) != nil { kept.append(blob) }
        }
        #expect(kept.count >= 11)
        try await self.store.close()
        let again = try await StoreFixture.open(self.storage.crash(.random(seed: UInt64(step))))
        for blob in kept {
            let bytes = try await again.read(SHA256.digest(blob))
            #expect(bytes == blob)
        }
        try await again.close()
    }

    @Test(
        "a disk that lies about one write loses at most what it touched, and never gives anything wrong",
        arguments: 0..<60
    )
    func silent(number: Int) async throws {
        let faults: [FaultPlan.Fault] = [
            .misdirectedWrite(by: 4_096), .misdirectedWrite(by: -512), .misdirectedWrite(by: 8), .lostWrite,
            .flippedBit,
        ]
        let fault = faults[number % faults.count]
        self.fail(after: number / faults.count, fault)
        var random = SplitMix64(seed: UInt64(number))
        let blobs = [StoreFixture.text(0)] + (0..<12).map { _ in random.bytes(random.within(10...9_000)) }
        for blob in blobs { _ = try await self.store.put([blob]) }
        _ = try await Self.lost(blobs, self.store)
        try await self.store.close()
        let again = try await StoreFixture.open(self.storage.crash(.nothing))
        let lost = try await Self.lost(blobs, again)
        #expect(lost.count <= 5, "\(fault): \(lost.count) of \(blobs.count) blobs are lost")
        // A record that does not say any more whose it was has no name.
        let named = Set(try await again.verifyAll { _, _ in }.map(\.0)).subtracting([.zero])
        #expect(named.isSubset(of: lost), "\(fault)")
        // A good copy, as a peer would bring it, heals whatever it was.
        _ = try await again.put(blobs)
        #expect(try await Self.lost(blobs, again).isEmpty, "\(fault)")
        #expect(try await again.verifyAll { _, _ in }.isEmpty, "\(fault)")
        try await again.close()
    }

    /// The blobs that cannot be read; whatever can be read is what was put.
    private static func lost(_ blobs: [[UInt8]], _ store: BlobStore) async throws -> Set<BlobAddress> {
        var lost: Set<BlobAddress> = []
        for blob in blobs {
            let address = SHA256.digest(blob)
            do {
                let bytes = try await store.read(address)
                #expect(bytes == blob)
            } catch let error as StoreError {
                #expect([.corrupt, .notFound].contains(error.code), "\(error)")
                lost.insert(address)
            }
        }
        return lost
    }
}
