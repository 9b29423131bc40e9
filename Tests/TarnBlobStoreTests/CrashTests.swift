import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@Suite("Crashes")
struct CrashTests {
    /// What a workload was told is durable, and what it tried besides.
    private struct Promises {
        var blobs: [[UInt8]] = []
        var unanswered: [[UInt8]] = []
        var entries: [LogEntry] = []
        var acknowledged: [Op] = []
        var view = View(0)
        var checkpoint: Checkpoint?
        var node: (Digest, [UInt8])?
    }

    /// Uses everything that writes, until it is done or the power goes.
    private static func work(_ storage: FaultyStorage) async -> Promises {
        var promises = Promises()
        do {
            let store = try await StoreFixture.open(storage, StoreFixture.configuration(segmentBytesMax: 12 << 10))
            let chain = try StoreFixture.chain(6)
            var random = SplitMix64(seed: 1)
            for (number, entry) in chain.enumerated() {
                let blobs = [StoreFixture.text(number), random.bytes(1_500)]
                promises.unanswered = blobs
                _ = try await store.put(blobs)
                promises.blobs += blobs
                let chunk = random.bytes(900)
                promises.unanswered = [chunk]
                _ = try await store.put([chunk], kind: .chunk)
                promises.blobs.append(chunk)
                promises.unanswered = []
                try await store.append([.entry(entry)], stored: [])
                promises.entries.append(entry)
                try await store.append([.acknowledgement(op: entry.header.op, entry: entry.hash)], stored: [])
                promises.acknowledged.append(entry.header.op)
                var superblock = store.superblock
                superblock.view = View(UInt64(number) + 1)
                try await store.update(superblock: superblock)
                promises.view = superblock.view
            }
            let node = (SHA256.digest([1]), StoreFixture.text(77))
            let checkpoint = Checkpoint(
                op: Op(5),
                entry: chain[5].hash,
                root: SHA256.digest([2]),
                payload: StoreFixture.text(5)
            )
            try await store.writeCheckpoint(checkpoint, nodes: [node])
            promises.checkpoint = checkpoint
            promises.node = node
            try await store.close()
        } catch {
            // The crash; what was promised before it is what counts.
        }
        return promises
    }

    /// Expects all that was promised in the store that opens from `image`, twice, and that it goes on working.
    private static func check(
        _ promises: Promises,
        on image: MemoryStorage,
        isStrict: Bool,
        _ comment: Comment
    ) async throws {
        for round in 0..<2 {
            let store = try await StoreFixture.open(image, StoreFixture.configuration(segmentBytesMax: 12 << 10))
            #expect(!store.recovery.hasLosses, comment)
            for blob in promises.blobs {
                let bytes = try await store.read(SHA256.digest(blob))
                #expect(bytes == blob, comment)
            }
            for blob in promises.unanswered where store.contains([SHA256.digest(blob)]) == [true] {
                let bytes = try await store.read(SHA256.digest(blob))
                #expect(bytes == blob && (round > 0 || !isStrict), comment)
            }
            for entry in promises.entries {
                let read = try await store.entry(at: entry.header.op)
                #expect(read == entry, comment)
            }
            for op in promises.acknowledged { #expect(store.isAcknowledged(op), comment) }
            let unpromised = Op(UInt64(promises.acknowledged.count))
            #expect(!isStrict || !store.isAcknowledged(unpromised), comment)
            #expect(store.superblock.view >= promises.view && store.superblock.isTrusted, comment)
            if let checkpoint = promises.checkpoint, let node = promises.node {
                let read = try await (store.checkpoint(at: checkpoint.op), store.node(node.0))
                #expect(read.0 == checkpoint && read.1 == node.1, comment)
            }
            let bad = try await store.verifyAll { _, _ in }
            #expect(bad.isEmpty, comment)
            // The store goes on working.
            let fresh = StoreFixture.text(9_000 + round)
            let address = try await store.put([fresh]).addresses[0]
            let bytes = try await store.read(address)
            #expect(bytes == fresh, comment)
            try await store.close()
        }
    }

    /// Places at which the whole workload can crash.
    private static func stepCount() async throws -> Int {
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let promises = await self.work(storage)
        #expect(promises.checkpoint != nil)
        #expect(storage.stepCount > 60, "too few places to crash at")
        return storage.stepCount
    }

    @Test(
        "at every write and synchronization: all that was acknowledged is there, nothing else is, and the store opens"
    )
    func everywhere() async throws {
        let steps = try await Self.stepCount()
        for step in 0..<steps {
            let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: try StoreFixture.memory())
            let promises = await Self.work(storage)
            try await Self.check(promises, on: storage.crash(.everything), isStrict: true, "step \(step)")
        }
    }

    @Test("with any part of what was not synchronized on the disk", arguments: 0..<4 as Range<UInt64>)
    func torn(seed: UInt64) async throws {
        let steps = try await Self.stepCount()
        for step in stride(from: Int(seed), to: steps, by: 4) {
            let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: try StoreFixture.memory())
            let promises = await Self.work(storage)
            let loss = FaultPlan.Loss.random(seed: seed << 32 | UInt64(step))
            try await Self.check(promises, on: storage.crash(loss), isStrict: false, "seed \(seed), step \(step)")
        }
    }
}
