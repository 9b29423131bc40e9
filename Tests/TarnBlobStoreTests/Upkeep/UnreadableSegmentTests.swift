import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Segments that the disk does not give")
struct UnreadableSegmentTests {
    private static let first = "/data/segments/small/00000001.seg"
    private let storage: FaultyStorage
    private let clock = TestClock()
    private let store: BlobStore
    private let blobs: [[UInt8]]

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await CollectionFixture.open(self.storage, self.clock)
        var random = SplitMix64(seed: 6)
        self.blobs = (0..<30).map { _ in random.bytes(1_500) }
        for blob in self.blobs { _ = try await self.store.put([blob]) }
    }

    /// The blobs of the first segment.
    private func blobsOfFirst() throws -> [BlobAddress] {
        let content = try #require(self.storage.content(of: Self.first))
        return self.blobs.filter { content.firstRange(of: $0) != nil }.map { SHA256.digest($0) }
    }

    private func breakFooter() throws {
        let end = try #require(self.storage.content(of: Self.first)).count
        self.storage.setPlan(FaultPlan(badSectors: [.init(path: Self.first, range: end - 64..<end)]))
    }

    private func pass() async throws -> (bytesCount: UInt64, damages: [StoreDamage]) {
        var bytesCount: UInt64 = 0
        var damages: [StoreDamage] = []
        var position: ScrubPosition? = .start
        while let current = position {
            let step = try await self.store.scrub(at: current, bytesMax: 3_000)
            bytesCount += step.bytesCount
            damages += step.damages
            position = step.next
        }
        return (bytesCount, damages)
    }

    @Test("a bad sector in a footer keeps no record from being scrubbed")
    func scrubBesideFooter() async throws {
        try self.breakFooter()
        let (bytesCount, damages) = try await self.pass()
        #expect(bytesCount == self.store.scrubBytesCount && damages.isEmpty)
        try await self.store.close()
    }

    @Test("a bad sector in a footer keeps no segment from being compacted")
    func collectBesideFooter() async throws {
        try self.breakFooter()
        let kept = [self.blobs[3], self.blobs[20]].map { SHA256.digest($0) }
        let report = try await CollectionFixture.collect(self.store, keeping: kept, self.clock)
        #expect(report.skipped.isEmpty && report.removedCount > 15)
        #expect(!self.storage.paths.contains(Self.first))
        for address in kept { #expect(SHA256.digest(try await self.store.read(address)) == address) }
        try await self.store.close()
    }

    @Test("a file that cannot be opened makes damaged what is in it")
    func scrubWithoutFile() async throws {
        let lost = try self.blobsOfFirst()
        try self.storage.remove(Self.first)
        let damages = try await self.pass().damages
        #expect(damages.count == lost.count && damages.allSatisfy { $0.segment == 1 })
        #expect(Set(self.store.damaged(among: self.blobs.map { SHA256.digest($0) })) == Set(lost))
        _ = try await self.store.put(self.blobs)
        #expect(self.store.damagedCount == 0)
        try await self.store.close()
    }

    @Test("a file that cannot be opened keeps no other segment from being compacted")
    func collectWithoutFile() async throws {
        try self.storage.remove(Self.first)
        let kept = [SHA256.digest(self.blobs[20])]
        let report = try await CollectionFixture.collect(self.store, keeping: kept, self.clock)
        #expect(report.skipped.map(\.segment) == [1] && report.removedCount > 10)
        #expect(SHA256.digest(try await self.store.read(kept[0])) == kept[0])
        try await self.store.close()
    }

    @Test("a bad sector under the log keeps no segment from being compacted once the entry is written again")
    func collectBesideLog() async throws {
        _ = try await self.store.sealSegments()
        let chain = try StoreFixture.chain(3)
        for entry in chain {
            try await self.store.append(
                [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)],
                stored: []
            )
        }
        _ = try await self.store.put([StoreFixture.text(77)])
        _ = try await self.store.sealSegments()
        let header = chain[1].header.encoded()
        let path = try #require(
            self.storage.paths.first { self.storage.content(of: $0)?.firstRange(of: header) != nil }
        )
        let content = try #require(self.storage.content(of: path))
        // The hash of an entry stands in its acknowledgement before it stands in the next entry.
        let lost = [header, chain[1].hash.bytes].compactMap { content.firstRange(of: $0) }
        self.storage.setPlan(FaultPlan(badSectors: lost.map { .init(path: path, range: $0) }))
        #expect(try await self.pass().damages.map(\.subject) == [.entry(op: Op(1), hash: chain[1].hash), .other])
        try await self.store.append([.entry(chain[1])], stored: [])
        let report = try await CollectionFixture.collect(self.store, keeping: [], self.clock)
        #expect(report.skipped.isEmpty && !self.storage.paths.contains(path))
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        #expect(try await again.entries(after: Op(0), bytesMax: 1 << 20) == Array(chain[1...]))
        #expect(again.log.acknowledgedThrough == Op(2))
        try await again.close()
    }
}
