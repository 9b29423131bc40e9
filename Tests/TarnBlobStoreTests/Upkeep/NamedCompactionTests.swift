import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@Suite("Compactions of which nobody knows whether they count")
struct NamedCompactionTests {
    @Test("what is stored again after a failure at any step is there at the next start", arguments: [false, true])
    func failure(isLasting: Bool) async throws {
        var step = 0
        var skippedCount = 0
        while try await Self.collect(failingAt: step, isLasting: isLasting, &skippedCount) { step += 1 }
        #expect(step > 6 && skippedCount > 3, "\(step) steps, \(skippedCount) failures")
    }

    /// Collects most of a store whose disk fails at the given step of the removal, stores everything again and opens
    /// what is on the disk then. False when the removal takes fewer steps.
    private static func collect(failingAt step: Int, isLasting: Bool, _ skippedCount: inout Int) async throws -> Bool {
        let clock = TestClock()
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await CollectionFixture.open(storage, clock)
        var random = SplitMix64(seed: 11)
        let blobs = (0..<30).map { _ in random.bytes(1_500) }
        for blob in blobs { _ = try await store.put([blob]) }
        let live: LiveSet = try await {
            var live = LiveSet()
            let kept = stride(from: 0, to: blobs.count, by: 6).map { SHA256.digest(blobs[$0]) }
            try await store.mark(closureOf: kept, in: &live)
            return live
        }()
        clock.advance(20)
        _ = try await store.collect(live, rules: CollectionFixture.rules)
        clock.advance(20)
        let start = storage.stepCount
        var plan = FaultPlan(faults: [start + step: .inputOutput])
        if isLasting { plan = FaultPlan(fromStep: (start + step, .inputOutput)) }
        storage.setPlan(plan)
        let report = try? await store.collect(live, rules: CollectionFixture.rules)
        let isOver = storage.stepCount <= start + step
        skippedCount += report?.skipped.isEmpty ?? true ? 0 : 1
        storage.setPlan(FaultPlan())
        _ = try await store.put(blobs)
        for blob in blobs { #expect(try await store.read(SHA256.digest(blob)) == blob, "step \(step)") }
        let again = try await CollectionFixture.open(storage.crash(.nothing), clock)
        for blob in blobs where again.contains([SHA256.digest(blob)]) != [true] {
            Issue.record("blob \(SHA256.digest(blob)) is lost after a failure at step \(step)")
        }
        try await again.close()
        return !isOver
    }
}
