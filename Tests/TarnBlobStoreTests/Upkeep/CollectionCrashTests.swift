import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Crashes and failures during collection")
struct CollectionCrashTests {
    private struct Content {
        var kept: [[UInt8]] = []
        var dropped: [[UInt8]] = []
        var entries: [LogEntry] = []
        var checkpoint: Checkpoint?
    }

    /// A disk with several segments of every stream, a third of whose content is kept.
    private static func prepare() async throws -> (image: MemoryStorage, content: Content, clock: TestClock) {
        let clock = TestClock()
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await CollectionFixture.open(storage, clock)
        var content = Content()
        content.entries = try StoreFixture.chain(16)
        var random = SplitMix64(seed: 3)
        var base: [UInt8] = StoreFixture.text(0, count: 3_000)
        _ = try await store.put([base])
        content.dropped.append(base)
        // Some that come out smaller when they are encoded again, one of them a difference.
        let notebooks = RecompressionTests.notebooks(content.entries.count + 1, seed: 5)
        _ = try await store.put([notebooks[0]])
        content.kept.append(notebooks[0])
        for (number, entry) in content.entries.enumerated() {
            let blob = random.bytes(1_800)
            let chunk = random.bytes(2_500)
            _ = try await store.put([blob])
            _ = try await store.put([chunk], kind: .chunk)
            let edited = base + random.bytes(16)
            try await store.put(stored: [CollectionFixture.difference(edited, to: [base])])
            let notebook = notebooks[number + 1]
            if number == 4 {
                try await store.put(stored: [CollectionFixture.difference(notebook, to: [notebooks[0]])])
                content.kept.append(notebook)
            } else if number.isMultiple(of: 5) {
                _ = try await store.put([notebook])
                content.kept.append(notebook)
            }
            if number.isMultiple(of: 3) {
                content.kept += [blob, chunk, edited]
            } else {
                content.dropped += [blob, chunk, edited]
            }
            if number.isMultiple(of: 5) { base = edited }
            try await store.append(
                [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)],
                stored: []
            )
            let checkpoint = Checkpoint(
                op: entry.header.op,
                entry: entry.hash,
                root: SHA256.digest([UInt8(number)]),
                payload: random.bytes(1_500)
            )
            try await store.writeCheckpoint(checkpoint, nodes: [(checkpoint.root, random.bytes(1_500))])
            content.checkpoint = checkpoint
        }
        try await store.append([.head(logView: View(0), op: Op(15), entry: content.entries[15].hash)], stored: [])
        try await store.close()
        return (storage.crash(.everything), content, clock)
    }

    /// Collects twice, until it is done or the power goes.
    private static func collect(
        _ storage: FaultyStorage,
        _ content: Content,
        _ clock: TestClock
    ) async -> GarbageReport? {
        guard let store = try? await CollectionFixture.open(storage, clock) else { return nil }
        var live = LiveSet()
        for op in store.checkpoints().map(\.op) where op == Op(15) || !store.removableCheckpoints.contains(op) {
            store.mark(checkpoint: op, nodes: [SHA256.digest([UInt8(op.number)])], in: &live)
        }
        do {
            try await store.mark(closureOf: content.kept.map { SHA256.digest($0) }, in: &live)
            clock.advance(20)
            _ = try await store.collect(live, rules: CollectionFixture.rules)
            clock.advance(20)
            let report = try await store.collect(live, rules: CollectionFixture.rules)
            try await store.close()
            return report
        } catch {
            return nil
        }
    }

    private static func check(
        _ image: MemoryStorage,
        _ content: Content,
        _ clock: TestClock,
        _ comment: Comment
    ) async throws {
        let store = try await CollectionFixture.open(image, clock)
        #expect(!store.recovery.hasLosses, comment)
        #expect(!image.paths.contains { $0.hasSuffix(".new") && $0.contains("/segments/") }, comment)
        for blob in content.kept {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        for blob in content.dropped where store.contains([SHA256.digest(blob)]) == [true] {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        for entry in content.entries {
            let read = try await store.entry(at: entry.header.op)
            #expect(read == entry && store.isAcknowledged(entry.header.op), comment)
        }
        #expect(store.log.head == Op(15), comment)
        if let checkpoint = content.checkpoint {
            let read = try await store.checkpoint(at: checkpoint.op)
            #expect(read == checkpoint, comment)
            _ = try await store.node(checkpoint.root)
        }
        let bad = try await store.verifyAll { _, _ in }
        #expect(bad.isEmpty, comment)
        let fresh = try await store.put([StoreFixture.text(9_000)]).addresses
        #expect(store.contains(fresh) == [true], comment)
        try await store.close()
    }

    @Test("a crash at every write, synchronization, rename and unlink loses nothing that is kept", arguments: 0..<4)
    func crash(part: Int) async throws {
        let (image, content, clock) = try await Self.prepare()
        let whole = FaultyStorage(image: image.copy())
        let report = try #require(await Self.collect(whole, content, clock))
        #expect(report.removedCount > 10 && report.removedSegmentCount > 8 && report.skipped.isEmpty)
        let steps = whole.stepCount
        #expect(steps > 30 && report.recompressedCount > 0)
        try await Self.check(whole.crash(.everything), content, clock, "no crash")
        for step in stride(from: part, to: steps, by: 4) {
            for loss in [FaultPlan.Loss.everything, .nothing, .random(seed: UInt64(step))] {
                let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: image.copy())
                _ = await Self.collect(storage, content, clock)
                try await Self.check(storage.crash(loss), content, clock, "step \(step) of \(steps), \(loss)")
            }
        }
    }

    @Test(
        "a failure at any step costs that compaction only",
        arguments: [FaultPlan.Fault.inputOutput, .noSpace, .shortWrite]
    )
    func failure(fault: FaultPlan.Fault) async throws {
        let (image, content, clock) = try await Self.prepare()
        let whole = FaultyStorage(image: image.copy())
        _ = await Self.collect(whole, content, clock)
        for step in 0..<whole.stepCount {
            let storage = FaultyStorage(plan: FaultPlan(faults: [step: fault]), image: image.copy())
            _ = await Self.collect(storage, content, clock)
            storage.setPlan(FaultPlan())
            try await Self.check(storage.crash(.everything), content, clock, "\(fault) at step \(step)")
        }
    }
}
