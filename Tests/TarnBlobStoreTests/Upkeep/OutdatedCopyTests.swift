import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@Suite("Collection of blobs that were healed")
struct OutdatedCopyTests {
    private let storage: FaultyStorage
    private let clock = TestClock()
    private let store: BlobStore
    private let blobs: [[UInt8]]
    private var address: BlobAddress { SHA256.digest(self.blobs[0]) }

    /// A store whose first blob has two records: a damaged one in the first segment, a good one in the last.
    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await CollectionFixture.open(self.storage, self.clock)
        var random = SplitMix64(seed: 7)
        self.blobs = (0..<60).map { _ in random.bytes(1_500) }
        for blob in self.blobs { _ = try await self.store.put([blob]) }
        _ = try await self.store.sealSegments()
        let path = try #require(self.storage.paths.first { $0.hasSuffix("small/00000001.seg") })
        let start = try #require(self.storage.content(of: path)?.firstRange(of: self.blobs[0])?.lowerBound)
        self.storage.flip(bit: (start + 700) * 8, of: path)
        var position: ScrubPosition? = .start
        while let current = position { position = try await self.store.scrub(at: current, bytesMax: 1 << 20).next }
        #expect(self.store.damagedCount == 1)
        _ = try await self.store.put([self.blobs[0]])
        #expect(self.store.damagedCount == 0)
    }

    /// Collects all but the first blob; only what is mostly dead is compacted for that alone.
    private func collect() async throws -> GarbageReport {
        var rules = CollectionFixture.rules
        rules.deadPercentMin = 30
        rules.activeDeadBytesMin = 0
        var live = LiveSet()
        try await self.store.mark(closureOf: self.blobs.dropFirst().map { SHA256.digest($0) }, in: &live)
        self.clock.advance(20)
        _ = try await self.store.collect(live, rules: rules)
        self.clock.advance(20)
        return try await self.store.collect(live, rules: rules)
    }

    private func expect(_ isPresent: Bool, after loss: FaultPlan.Loss = .everything) async throws {
        let again = try await CollectionFixture.open(self.storage.crash(loss), self.clock)
        #expect(again.contains([self.address]) == [isPresent] && again.damagedCount == 0)
        for blob in self.blobs.dropFirst() { #expect(try await again.read(SHA256.digest(blob)) == blob) }
        if isPresent { #expect(try await again.read(self.address) == self.blobs[0]) }
        try await again.close()
    }

    @Test("the damaged record goes with the good one, and is not found by the next start")
    func bothGo() async throws {
        let report = try await self.collect()
        #expect(report.removedCount == 1 && report.skipped.isEmpty)
        try await self.store.close()
        try await self.expect(false)
    }

    @Test("where the damaged record has to stay, so does the good one")
    func bothStay() async throws {
        let path = try #require(self.storage.paths.first { $0.hasSuffix("small/00000001.seg") })
        // A neighbour that is kept and cannot be copied.
        let start = try #require(self.storage.content(of: path)?.firstRange(of: self.blobs[1])?.lowerBound)
        self.storage.flip(bit: (start + 700) * 8, of: path)
        let report = try await self.collect()
        #expect(report.removedCount == 0 && report.skipped.contains { $0.segment == 1 })
        #expect(self.store.contains([self.address]) == [true])
        self.storage.flip(bit: (start + 700) * 8, of: path)
        try await self.store.close()
        try await self.expect(true)
    }

    @Test("a crash at any step of the collection brings no damaged record back", arguments: 0..<24)
    func crash(step: Int) async throws {
        self.storage.setPlan(FaultPlan(faults: [self.storage.stepCount + step: .crash]))
        _ = try? await self.collect()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        if again.contains([self.address]) == [true] {
            #expect(try await again.read(self.address) == self.blobs[0])
        }
        try await again.close()
    }
}
