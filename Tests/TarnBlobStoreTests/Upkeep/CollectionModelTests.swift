import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

/// Random operations against a plain dictionary, with collections and restarts in between.
@Suite("Garbage collection against a model")
struct CollectionModelTests {
    /// What the store is expected to hold.
    private struct Model {
        var live: [BlobAddress: [UInt8]] = [:]
        /// Not needed any more; may be there or not.
        var dropped: [[UInt8]] = []
        var entries: [LogEntry] = []
    }

    private static func step(
        _ store: BlobStore,
        _ model: inout Model,
        _ random: inout SplitMix64,
        _ clock: TestClock
    ) async throws {
        switch random.below(10) {
        case 0...3:
            let raw =
                random.chance(percent: 50)
                ? random.bytes(random.within(1...2_000)) : StoreFixture.text(random.below(200))
            _ = try await store.put([raw])
            model.live[SHA256.digest(raw)] = raw
        case 4:
            guard let base = model.live.values.max(by: { $0.count < $1.count }) else { return }
            let raw = base + random.bytes(20)
            try await store.put(stored: [CollectionFixture.difference(raw, to: [base])])
            model.live[SHA256.digest(raw)] = raw
        case 5, 6:
            for address in model.live.keys.sorted() where random.chance(percent: 20) {
                model.dropped.append(model.live.removeValue(forKey: address) ?? [])
            }
        case 7:
            guard !model.dropped.isEmpty else { return }
            let raw = model.dropped.remove(at: random.below(model.dropped.count))
            _ = try await store.put([raw])
            model.live[SHA256.digest(raw)] = raw
        case 8:
            let entry = try StoreFixture.entry(
                op: UInt64(model.entries.count),
                parent: model.entries.last?.hash ?? .zero
            )
            try await store.append(
                [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)],
                stored: []
            )
            model.entries.append(entry)
        default:
            clock.advance(UInt32(random.within(1...25)))
            var live = LiveSet()
            try await store.mark(closureOf: Array(model.live.keys), in: &live)
            let report = try await store.collect(live, rules: CollectionFixture.rules)
            #expect(report.skipped.isEmpty)
        }
    }

    private static func check(_ store: BlobStore, _ model: Model, _ comment: Comment) async throws {
        for (address, raw) in model.live {
            let bytes = try await store.read(address)
            #expect(bytes == raw, comment)
        }
        for raw in model.dropped {
            guard let bytes = try? await store.read(SHA256.digest(raw)) else { continue }
            #expect(bytes == raw, comment)
        }
        for entry in model.entries {
            let read = try await store.entry(at: entry.header.op)
            #expect(read == entry && store.isAcknowledged(entry.header.op), comment)
        }
        let bad = try await store.verifyAll { _, _ in }
        #expect(bad.isEmpty, comment)
    }

    @Test("holds what the model holds, through restarts and crashes", arguments: 0..<24 as Range<UInt64>)
    func random(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let clock = TestClock()
        var storage = FaultyStorage(image: try StoreFixture.memory())
        var store = try await CollectionFixture.open(storage, clock, segmentBytesMax: 9 << 10)
        var model = Model()
        for _ in 0..<160 {
            try await Self.step(store, &model, &random, clock)
            guard random.chance(percent: 4) else { continue }
            if random.chance(percent: 50) { try await store.close() }
            let loss: FaultPlan.Loss = random.chance(percent: 50) ? .everything : .random(seed: random.next())
            storage = FaultyStorage(image: storage.crash(loss))
            store = try await CollectionFixture.open(storage, clock, segmentBytesMax: 9 << 10)
            #expect(!store.recovery.hasLosses, "seed \(seed)")
            try await Self.check(store, model, "seed \(seed)")
        }
        try await Self.check(store, model, "seed \(seed)")
        // In the end only what is live is left, but for what the segment being written holds.
        _ = try await store.put([random.bytes(9_000)])
        _ = try await CollectionFixture.collect(store, keeping: Array(model.live.keys), clock)
        let report = try await CollectionFixture.collect(store, keeping: Array(model.live.keys), clock)
        #expect(report.skipped.isEmpty && report.condemnedCount <= 40, "seed \(seed): \(report)")
        try await Self.check(store, model, "seed \(seed)")
        try await store.close()
    }
}
