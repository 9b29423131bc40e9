import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@Suite("Copies of segments with bad sectors")
struct SegmentGapTests {
    private static let first = "/data/segments/small/00000001.seg"
    private let storage: FaultyStorage
    private let clock = TestClock()
    private let store: BlobStore
    private let blobs: [[UInt8]]
    private let listed: SealedSegment

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await CollectionFixture.open(self.storage, self.clock, segmentBytesMax: 256 << 10)
        var random = SplitMix64(seed: 6)
        self.blobs = (0..<30).map { _ in random.bytes(1_500) }
        for blob in self.blobs { _ = try await self.store.put([blob]) }
        self.listed = try #require(try await self.store.sealSegments().first)
    }

    /// Makes unreadable a sector of 512 bytes in the middle of the fourth blob, and one in that of the last.
    private func breakSectors() throws -> [Range<Int>] {
        let content = try #require(self.storage.content(of: Self.first))
        let places = try [self.blobs[3], self.blobs[29]].map { try #require(content.firstRange(of: $0)).lowerBound }
        let sectors = places.map { ($0 / 512 + 1) * 512..<($0 / 512 + 2) * 512 }
        self.storage.setPlan(FaultPlan(badSectors: sectors.map { .init(path: Self.first, range: $0) }))
        return sectors
    }

    private func read(_ segment: SealedSegment) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < Int(segment.bytesCount) {
            bytes += try await self.store.readSegment(
                segment.number,
                fingerprint: segment.fingerprint,
                at: bytes.count,
                count: 3_000
            )
        }
        return bytes
    }

    @Test("what the disk does not give is zeros in a copy that has a fingerprint of its own")
    func gaps() async throws {
        var expected = try #require(self.storage.content(of: Self.first))
        #expect(try await self.read(self.listed) == expected)
        let sectors = try self.breakSectors()
        #expect(await self.refusal(self.listed) == .corrupt)
        let damages = try await self.store.scrub(segment: 1)
        #expect(damages.count == 2)
        #expect(try await self.store.evacuate(segment: 1).skipped.map(\.segment) == [1])
        try await self.store.noteGaps(in: 1)
        #expect(await self.refusal(self.listed) == .notFound, "it was listed as whole")
        let error = await #expect(throws: StoreError.self) {
            try await self.store.readSegment(1, fingerprint: nil, at: 0, count: Int(self.listed.bytesCount))
        }
        #expect(error?.code == .corrupt, "whoever names no fingerprint does not know of gaps")
        let gapped = try #require(try await self.store.sealSegments().first)
        for index in sectors.joined() { expected[index] = 0 }
        #expect(try await self.read(gapped) == expected && gapped.fingerprint != self.listed.fingerprint)
        self.storage.setPlan(FaultPlan())
        #expect(try await self.store.sealSegments().first == self.listed, "the disk gives it again")
        try await self.store.close()
        let image = self.storage.crash(.everything)
        image.setContent(of: Self.first, to: expected)
        let again = try await CollectionFixture.open(image, self.clock)
        for (index, blob) in self.blobs.enumerated() {
            let found = try? await again.read(SHA256.digest(blob))
            #expect((found == blob) == ![3, 29].contains(index), "\(index)")
        }
        try await again.close()
    }

    private func refusal(_ segment: SealedSegment) async -> StoreError.Code? {
        await #expect(throws: StoreError.self) { _ = try await self.read(segment) }?.code
    }

    @Test("a segment whose damaged blobs are stored again is emptied")
    func healed() async throws {
        _ = try self.breakSectors()
        _ = try await self.store.scrub(segment: 1)
        _ = try await self.store.put([self.blobs[3], self.blobs[29]])
        let report = try await self.store.evacuate(segment: 1)
        #expect(report.removedSegmentCount == 1 && !self.storage.paths.contains(Self.first))
        #expect(await self.refusal(self.listed) == .notFound)
        for blob in self.blobs { #expect(try await self.store.read(SHA256.digest(blob)) == blob) }
        try await self.store.close()
    }

    @Test("a footer is no gap: only with it it is known what stood there")
    func footer() async throws {
        let end = Int(self.listed.bytesCount)
        self.storage.setPlan(FaultPlan(badSectors: [.init(path: Self.first, range: end - 64..<end)]))
        let listed = try #require(try await self.store.sealSegments().first)
        #expect(await self.refusal(listed) == .corrupt)
        let error = await #expect(throws: StoreError.self) { try await self.store.noteGaps(in: 1) }
        #expect(error?.code == .corrupt)
        #expect(try await self.store.evacuate(segment: 1).removedSegmentCount == 1)
        for blob in self.blobs { #expect(try await self.store.read(SHA256.digest(blob)) == blob) }
        try await self.store.close()
    }
}
