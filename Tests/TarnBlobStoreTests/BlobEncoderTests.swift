import TarnCore
import TarnSegment
import TarnTestKit
import TarnZstd
import Testing

@testable import TarnBlobStore

@Suite("Choice of a codec")
struct BlobEncoderTests {
    private func codec(_ raw: [UInt8]) throws -> StoredBlob.Codec {
        let context = try WorkerContext(compressionLevel: 3)
        return try raw.withUnsafeBytes { try BlobEncoder(context).encode($0).codec }
    }

    @Test("text is compressed, noise and tiny blobs stay raw")
    func simple() throws {
        var random = SplitMix64(seed: 1)
        #expect(try self.codec(StoreFixture.text(1, count: 8_000)) == .zstd)
        #expect(try self.codec(random.bytes(8_000)) == .raw)
        #expect(try self.codec([1, 2, 3]) == .raw)
        #expect(try self.codec([]) == .raw)
    }

    @Test("what saves less than 5% stays raw")
    func ratio() throws {
        var random = SplitMix64(seed: 2)
        #expect(try self.codec(random.bytes(10_000) + [UInt8](repeating: 0, count: 200)) == .raw)
        #expect(try self.codec(random.bytes(10_000) + [UInt8](repeating: 0, count: 2_000)) == .zstd)
    }

    @Test("a large blob is judged by its head, middle and tail: two of three must compress")
    func probes() throws {
        var random = SplitMix64(seed: 3)
        let noise = random.bytes(1 << 20)
        let text = StoreFixture.text(1, count: 1 << 20)
        #expect(try self.codec(noise) == .raw)
        #expect(try self.codec(text) == .zstd)
        #expect(try self.codec(Array(text[..<70_000]) + noise) == .raw)
        #expect(try self.codec(Array(text[..<600_000]) + noise[..<400_000]) == .zstd)
    }

    @Test("Parquet is probed from smaller sizes on, and compressed when it is not compressed already")
    func parquet() throws {
        var random = SplitMix64(seed: 4)
        let magic = Array("PAR1".utf8)
        #expect(try self.codec(magic + random.bytes(200_000) + magic) == .raw)
        #expect(try self.codec(magic + StoreFixture.text(1, count: 200_000) + magic) == .zstd)
    }

    @Test("one context encodes many blobs, large and small, in any order")
    func reuse() throws {
        let context = try WorkerContext(compressionLevel: 3)
        for (number, count) in [100_000, 10, 50, 300_000, 0, 8_000].enumerated() {
            let raw = StoreFixture.text(number, count: count)
            try raw.withUnsafeBytes { raw in
                let encoded = try BlobEncoder(context).encode(raw)
                guard encoded.codec == .zstd else { return }
                let back = try context.decompressor.decompress(encoded.stored, rawBytesCount: count)
                #expect(back.elementsEqual(raw))
            }
        }
    }

    private func fingerprint(_ number: UInt64) -> Fingerprint {
        Fingerprint(high: number, low: 1)
    }

    @Test("the cache forgets the oldest when it is full")
    func cache() {
        let cache = DecodedCache(bytesMax: 2_000)
        for number in 0..<30 as Range<UInt64> {
            let bytes = [UInt8](repeating: UInt8(number), count: 100)
            cache.insert(self.fingerprint(number), DecodedBlob(plain: bytes))
        }
        #expect(cache[self.fingerprint(29)]?.bytes == [UInt8](repeating: 29, count: 100))
        #expect(cache.intact(self.fingerprint(29))?.bytes.count == 100)
        #expect(cache[self.fingerprint(0)] == nil)
        cache.insert(self.fingerprint(77), DecodedBlob(plain: [UInt8](repeating: 0, count: 1_001)))
        #expect(cache[self.fingerprint(77)] == nil)
        cache.remove(self.fingerprint(29))
        #expect(cache[self.fingerprint(29)] == nil)
    }

    @Test("what a blob takes to decode is the sum over its bases, its depth one more than the deepest")
    func decodeCost() {
        let plain = DecodedBlob(plain: [UInt8](repeating: 1, count: 100))
        let near = DecodedBlob(bytes: [1, 2], bases: [plain])
        let far = DecodedBlob(bytes: [1, 2, 3], bases: [near, plain])
        #expect(plain.decodeBytesCount == 100 && plain.depth == 1)
        #expect(far.decodeBytesCount == 205 && far.depth == 3)
    }

    @Test("a difference to similar blobs takes little, one that saves nothing is no difference")
    func difference() throws {
        var random = SplitMix64(seed: 5)
        let context = try WorkerContext(compressionLevel: 3)
        let bases = (0..<3).map { _ in DecodedBlob(plain: random.text(8_000)) }
        let raw = Array(bases[0].bytes[..<4_000] + bases[2].bytes[4_000...])
        try raw.withUnsafeBytes { raw in
            let stored = try #require(try BlobEncoder(context).encode(raw, against: bases))
            #expect(stored.count < 60)
            let frame = Array(stored)
            let back = try frame.withUnsafeBytes {
                try context.decompressor.decompress(
                    $0,
                    rawBytesCount: raw.count,
                    reference: .prefix(context.prefix(bases))
                )
            }
            #expect(back.elementsEqual(raw))
        }
        let noise = random.bytes(8_000)
        #expect(try noise.withUnsafeBytes { try BlobEncoder(context).encode($0, against: bases) } == nil)
    }
}
