import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Rot in the last page of a segment")
struct LastPageTests {
    private static let path = "/data/segments/small/00000001.seg"
    private static let pageBytesCount = 4_096
    private let blobs = (0..<5).map { StoreFixture.text($0) }
    private var addresses: [BlobAddress] { self.blobs.map { SHA256.digest($0) } }

    /// A store that was closed, with one segment, sealed or not.
    private func image(isSealed: Bool) async throws -> MemoryStorage {
        let image = try StoreFixture.memory()
        let store = try await StoreFixture.open(image)
        for blob in self.blobs { _ = try await store.put([blob]) }
        if isSealed { _ = try await store.sealSegments() }
        try await store.close()
        return image
    }

    private static func overwrite(page: Int, of image: MemoryStorage, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var content = try #require(image.content(of: self.path))
        let start = page * self.pageBytesCount
        try #require(start < content.count)
        let end = min(content.count, start + self.pageBytesCount)
        content.replaceSubrange(start..<end, with: random.bytes(end - start))
        image.setContent(of: self.path, to: content)
    }

    @Test("what declares a segment durable stands on a page of its own, as does the footer", arguments: [false, true])
    func layout(isSealed: Bool) async throws {
        let image = try await self.image(isSealed: isSealed)
        let content = try #require(image.content(of: Self.path))
        let end = try #require(try SegmentImage(content).records().map { Int($0.offset + $0.bytesCount) }.max())
        let pages = (end + Self.pageBytesCount - 1) / Self.pageBytesCount
        #expect(content.count > (pages + (isSealed ? 1 : 0)) * Self.pageBytesCount)
        #expect(content.count < (pages + (isSealed ? 2 : 1)) * Self.pageBytesCount)
    }

    @Test("without that page nothing is lost", arguments: [false, true])
    func declarationLost(isSealed: Bool) async throws {
        for seed in 0..<10 as Range<UInt64> {
            let image = try await self.image(isSealed: isSealed)
            let count = try #require(image.content(of: Self.path)).count
            let last = (count - 1) / Self.pageBytesCount
            // Of a sealed segment the footer, and then what stands before it.
            for page in isSealed ? [last, last - 1] : [last] {
                let damaged = image.copy()
                try Self.overwrite(page: page, of: damaged, seed: seed)
                for _ in 0..<2 {
                    let store = try await StoreFixture.open(damaged)
                    #expect(!store.recovery.hasLosses, "seed \(seed), page \(page)")
                    #expect(store.contains(self.addresses).allSatisfy { $0 }, "seed \(seed), page \(page)")
                    try await store.close()
                }
            }
        }
    }

    @Test("rot in the page of the last batch is named as a loss and not cut as a torn tail", arguments: [false, true])
    func batchLost(isSealed: Bool) async throws {
        for seed in 0..<10 as Range<UInt64> {
            let image = try await self.image(isSealed: isSealed)
            // The first page behind the header holds all batches.
            try Self.overwrite(page: 1, of: image, seed: seed)
            let size = try #require(image.content(of: Self.path)).count
            let store = try await StoreFixture.open(image)
            // A footer still says what was there.
            #expect(store.recovery.hasLosses || isSealed, "seed \(seed)")
            for blob in self.blobs {
                let error = await #expect(throws: StoreError.self) { _ = try await store.read(SHA256.digest(blob)) }
                #expect(error?.code == (isSealed ? .corrupt : .notFound))
            }
            #expect(store.contains(self.addresses) == self.addresses.map { _ in false })
            #expect(image.content(of: Self.path)?.count == size)
            _ = try await store.put(self.blobs)
            for blob in self.blobs { #expect(try await store.read(SHA256.digest(blob)) == blob) }
            try await store.close()
        }
    }

    @Test("a flipped bit in what declares the batches durable is no loss", arguments: 0..<20 as Range<UInt64>)
    func declarationFlipped(seed: UInt64) async throws {
        let image = try await self.image(isSealed: false)
        let count = try #require(image.content(of: Self.path)).count
        if seed % 4 < 2 {
            // With batches behind it, too.
            let store = try await StoreFixture.open(image)
            _ = try await store.put([StoreFixture.text(9)])
            try await store.close()
        }
        var random = SplitMix64(seed: seed)
        // The first half of the batch, its header, or the second, its COMMIT.
        let start = seed.isMultiple(of: 2) ? 2 * Self.pageBytesCount : 2 * Self.pageBytesCount + 48
        image.flip(bit: random.within(start * 8...min(start + 48, count) * 8 - 1), of: Self.path)
        for number in 10..<12 {
            let store = try await StoreFixture.open(image)
            #expect(!store.recovery.hasLosses, "seed \(seed)")
            #expect(store.contains(self.addresses).allSatisfy { $0 }, "seed \(seed)")
            _ = try await store.put([StoreFixture.text(number)])
            try await store.close()
        }
    }

    @Test("in a segment behind which another was begun a torn tail is damage, and left as it is")
    func notLast() async throws {
        let image = try StoreFixture.memory()
        let store = try await StoreFixture.open(image)
        _ = try await store.put(self.blobs)
        _ = try await store.sealSegments()
        _ = try await store.put([StoreFixture.text(99)])
        try await store.close()
        // Everything behind the last records goes bad: COMMIT, declaration and footer.
        var content = try #require(image.content(of: Self.path))
        let rows = try SegmentImage(content).records()
        var random = SplitMix64(seed: 4)
        let start = try #require(rows.last).offset + 20
        content.replaceSubrange(Int(start)..., with: random.bytes(content.count - Int(start)))
        image.setContent(of: Self.path, to: content)
        for _ in 0..<2 {
            let again = try await StoreFixture.open(image)
            #expect(again.recovery.hasLosses)
            #expect(again.contains(self.addresses) == self.addresses.map { _ in false })
            #expect(again.contains([SHA256.digest(StoreFixture.text(99))]) == [true])
            try await again.close()
        }
        #expect(image.content(of: Self.path) == content)
    }
}
