import TarnCore
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

    @Test("the cache forgets the oldest when it is full")
    func cache() {
        let cache = DecodedCache(bytesMax: 2_000)
        for number in 0..<30 {
            cache.insert(StoreFixture.address([UInt8(number)]), [UInt8](repeating: UInt8(number), count: 100))
        }
        #expect(cache[StoreFixture.address([29])] == [UInt8](repeating: 29, count: 100))
        #expect(cache[StoreFixture.address([0])] == nil)
        cache.insert(StoreFixture.address([77]), [UInt8](repeating: 0, count: 1_001))
        #expect(cache[StoreFixture.address([77])] == nil)
        cache.remove(StoreFixture.address([29]))
        #expect(cache[StoreFixture.address([29])] == nil)
    }
}
