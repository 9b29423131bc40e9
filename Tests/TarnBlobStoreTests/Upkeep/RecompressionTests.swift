import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Recompression at compaction")
struct RecompressionTests {
    private static let rules: GarbageRules = {
        var rules = CollectionFixture.rules
        rules.recompressesAll = true
        rules.activeDeadBytesMin = 0
        return rules
    }()

    private let storage: FaultyStorage
    private let clock = TestClock()
    private let store: BlobStore

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await DifferenceFixture.open(self.storage, self.clock, segmentBytesMax: 48 << 10)
    }

    /// Notebooks cut out of the same cells, so that most are differences to several others.
    static func notebooks(_ count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SplitMix64(seed: seed)
        let words = (0..<200).map { _ in random.text(random.within(2...9)) }
        let cells = (0..<30).map { _ in
            (0..<random.within(40...160)).flatMap { _ in random.pick(words) }
        }
        return (0..<count).map { _ in
            (0..<12).flatMap { _ in random.pick(cells) + random.text(20) }
        }
    }

    private func collectAll(
        pace: @Sendable (UInt64) async throws -> Void = { _ in }
    ) async throws -> GarbageReport {
        try await self.store.collect(LiveSet(), rules: Self.rules, pace: pace)
    }

    private func stored(_ blobs: [[UInt8]]) async throws -> [StoredBlob] {
        try await self.store.readStored(blobs.map { SHA256.digest($0) }, bytesMax: 64 << 20)
    }

    private static func expectReads(_ store: BlobStore, _ blobs: [[UInt8]]) async throws {
        for blob in blobs {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob)
        }
        let bad = try await store.verifyAll { _, _ in }
        #expect(bad.isEmpty)
    }

    @Test("what compresses becomes smaller, keeps its codec and its bases, and reads back after a restart")
    func smaller() async throws {
        let blobs = Self.notebooks(80, seed: 1)
        for blob in blobs { _ = try await self.store.put([blob]) }
        let before = try await self.stored(blobs)
        #expect(DifferenceFixture.shape(before).differences > 40)
        _ = try await self.store.sealSegments()
        let segments = self.storage.segmentBytesCount
        let report = try await self.collectAll()
        #expect(report.skipped.isEmpty && report.removedCount == 0 && report.removedSegmentCount > 1)
        #expect(report.recompressedCount > 40 && report.bytesAfter * 10 < report.bytesBefore * 9, "\(report)")
        #expect(self.storage.segmentBytesCount <= segments - Int(report.freedBytesCount))
        let after = try await self.stored(blobs)
        for (old, new) in zip(before, after) {
            #expect(new.address == old.address && new.kind == old.kind && new.codec == old.codec)
            #expect(new.bases == old.bases && new.bytes.count <= old.bytes.count)
        }
        try await Self.expectReads(self.store, blobs)
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        #expect(!again.recovery.hasLosses)
        try await Self.expectReads(again, blobs)
        try await again.close()
    }

    @Test("what a compaction wrote is not encoded again, and another one copies it as it is")
    func twice() async throws {
        var random = SplitMix64(seed: 2)
        let blobs = Self.notebooks(40, seed: 2)
        let dropped = random.bytes(9_000)
        for blob in blobs + [dropped] { _ = try await self.store.put([blob]) }
        let first = try await self.collectAll()
        #expect(first.recompressedCount > 20)
        let before = try await self.stored(blobs)
        let idle = try await self.collectAll()
        #expect(idle.segmentCount == 0 && idle.copiedBytesCount == 0)
        let kept = blobs.map { SHA256.digest($0) }
        let second = try await CollectionFixture.collect(self.store, keeping: kept, self.clock)
        #expect(second.removedCount == 1 && second.copiedBytesCount > 0 && second.recompressedCount == 0)
        let after = try await self.stored(blobs)
        #expect(after.map(\.bytes) == before.map(\.bytes))
        try await Self.expectReads(self.store, blobs)
        try await self.store.close()
    }

    @Test("what does not compress stays as it is, and so do chunks")
    func incompressible() async throws {
        var random = SplitMix64(seed: 3)
        let blobs = (0..<20).map { _ in random.bytes(2_000) }
        let chunk = random.text(9_000)
        for blob in blobs { _ = try await self.store.put([blob]) }
        _ = try await self.store.put([chunk], kind: .chunk)
        let before = try await self.stored(blobs + [chunk])
        let report = try await self.collectAll()
        #expect(report.removedSegmentCount > 0 && report.recompressedCount == 0)
        let after = try await self.stored(blobs + [chunk])
        #expect(after.map(\.bytes) == before.map(\.bytes) && after.map(\.codec) == before.map(\.codec))
        try await self.store.close()
    }

    @Test("a body that the log holds raw becomes zstd and keeps its hash")
    func entries() async throws {
        var entries: [LogEntry] = []
        for op in 0..<30 as Range<UInt64> {
            let body = StoreFixture.text(Int(op), count: 3_000)
            entries.append(try StoreFixture.entry(op: op, parent: entries.last?.hash ?? .zero, body: body))
        }
        var random = SplitMix64(seed: 4)
        // As short as those of most writes: nothing is saved.
        let short = try StoreFixture.entry(op: 30, parent: entries[29].hash, body: random.bytes(100))
        entries.append(short)
        for entry in entries {
            try await self.store.append(
                [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)],
                stored: []
            )
        }
        _ = try await self.store.put([random.bytes(1_000)])
        let report = try await self.collectAll()
        #expect(report.recompressedCount == 30 && report.bytesAfter * 2 < report.bytesBefore, "\(report)")
        try await self.store.close()
        let image = self.storage.crash(.everything)
        for path in image.paths where path.hasSuffix(".seg") {
            #expect(image.content(of: path)?.firstRange(of: entries[3].body.suffix(200)) == nil)
        }
        let again = try await CollectionFixture.open(image, self.clock)
        for entry in entries {
            let read = try await again.entry(at: entry.header.op)
            #expect(read == entry && again.isAcknowledged(entry.header.op))
        }
        let headers = try await again.headers(after: Op(0), limit: 100)
        #expect(headers == entries.dropFirst().map(\.header))
        #expect(again.log.head == Op(30))
        try await again.close()
    }

    @Test("a blob whose base is damaged elsewhere keeps the form that it has")
    func damagedBase() async throws {
        var random = SplitMix64(seed: 5)
        let bases = (0..<2).map { _ in random.bytes(4_000) }
        for base in bases { _ = try await self.store.put([base]) }
        #expect(try await self.collectAll().skipped.isEmpty)
        // They point at the start of their bases only.
        let blobs = zip(bases, Self.notebooks(2, seed: 5)).map { Array($0.prefix(400)) + $1 }
        for (blob, base) in zip(blobs, bases) {
            try await self.store.put(stored: [CollectionFixture.difference(blob, to: [base], level: 1)])
        }
        let before = try await self.stored(blobs)
        let path = try #require(
            self.storage.paths.first { self.storage.content(of: $0)?.firstRange(of: bases[0]) != nil }
        )
        let start = try #require(self.storage.content(of: path)?.firstRange(of: bases[0])?.lowerBound)
        self.storage.flip(bit: (start + 3_000) * 8, of: path)
        let report = try await self.collectAll()
        #expect(report.skipped.isEmpty && report.removedSegmentCount == 1 && report.recompressedCount == 1)
        let after = try await self.stored(blobs)
        #expect(after[0].bytes == before[0].bytes && after[1].bytes.count < before[1].bytes.count)
        #expect(try await self.store.put([bases[0]]).newCount == 1)
        try await Self.expectReads(self.store, blobs + bases)
        try await self.store.close()
    }

    @Test("a collection that is cancelled between steps leaves everything as it was, and the next one goes through")
    func cancelled() async throws {
        let blobs = Self.notebooks(60, seed: 6)
        for blob in blobs { _ = try await self.store.put([blob]) }
        await #expect(throws: CancellationError.self) {
            _ = try await self.collectAll { _ in throw CancellationError() }
        }
        #expect(!self.storage.paths.contains { $0.hasSuffix(".new") })
        try await Self.expectReads(self.store, blobs)
        let report = try await self.collectAll()
        #expect(report.skipped.isEmpty && report.recompressedCount > 30)
        try await Self.expectReads(self.store, blobs)
        try await self.store.close()
    }

    @Test("two collections at once compact each segment once")
    func twoAtOnce() async throws {
        let blobs = Self.notebooks(120, seed: 8)
        for blob in blobs { _ = try await self.store.put([blob]) }
        let count = self.storage.paths.count { $0.contains("/small/") }
        async let one = self.collectAll()
        async let other = self.collectAll()
        let reports = try await [one, other]
        #expect(reports.reduce(0) { $0 + $1.removedSegmentCount } <= count)
        #expect(reports.contains { $0.recompressedCount > 60 })
        try await Self.expectReads(self.store, blobs)
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        try await Self.expectReads(again, blobs)
        try await again.close()
    }

    @Test("a store that closes under a compaction ends it, and opens again with everything")
    func closed() async throws {
        let blobs = Self.notebooks(60, seed: 7)
        for blob in blobs { _ = try await self.store.put([blob]) }
        let store = self.store
        await #expect(throws: StoreError.self) {
            _ = try await self.collectAll { _ in try await store.close() }
        }
        let image = self.storage.crash(.everything)
        let again = try await CollectionFixture.open(image, self.clock)
        #expect(!image.paths.contains { $0.contains("/segments/") && $0.hasSuffix(".new") })
        try await Self.expectReads(again, blobs)
        try await again.close()
    }
}
