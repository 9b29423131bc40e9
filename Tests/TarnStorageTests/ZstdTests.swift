import TarnTestKit
import TarnZstd
import Testing

@Suite("zstd")
struct ZstdTests {
    private static let text = Array(
        String(repeating: "spark.read.table('main.sales.orders').filter('amount > 0')\n", count: 50).utf8
    )

    private func compress(_ raw: [UInt8], room: Int? = nil, reference: ZstdReference = .none) throws -> [UInt8]? {
        var compressor = try ZstdCompressor(level: 3)
        var output = [UInt8](repeating: 0, count: room ?? ZstdCompressor.bound(raw.count))
        let count = try raw.withUnsafeBytes { raw in
            try output.withUnsafeMutableBytes { try compressor.compress(raw, into: $0, reference: reference) }
        }
        return count.map { Array(output[..<$0]) }
    }

    private func decompress(_ bytes: [UInt8], _ count: Int, reference: ZstdReference = .none) throws -> [UInt8] {
        var decompressor = try ZstdDecompressor()
        return try bytes.withUnsafeBytes {
            try decompressor.decompress($0, rawBytesCount: count, reference: reference)
        }
    }

    @Test("what was compressed decompresses", arguments: [0, 1, 100, 8_192, 300_000])
    func roundTrip(count: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        for raw in [
            random.bytes(count),
            Array(repeatElement(Self.text, count: count / Self.text.count + 1).joined().prefix(count)),
        ] {
            let bytes = try #require(try self.compress(raw))
            #expect(try self.decompress(bytes, count) == raw)
        }
    }

    @Test("contexts are reused, with and without references, without influencing each other")
    func reuse() throws {
        var compressor = try ZstdCompressor(level: 3)
        var output = [UInt8](repeating: 0, count: 10_000)
        let expected = try self.compress(Self.text)
        let dictionary = try ZstdDictionary(Self.text, level: 3)
        for round in 0..<6 {
            let plain = try Self.text.withUnsafeBytes { raw in
                try output.withUnsafeMutableBytes { try compressor.compress(raw, into: $0) }
            }
            #expect(plain.map { Array(output[..<$0]) } == expected, "round \(round)")
            try Self.text.withUnsafeBytes { raw in
                let reference: ZstdReference = round.isMultiple(of: 2) ? .prefix(raw) : .dictionary(dictionary)
                _ = try output.withUnsafeMutableBytes { try compressor.compress(raw, into: $0, reference: reference) }
            }
        }
    }

    @Test("too little room is no error but an answer")
    func noRoom() throws {
        var random = SplitMix64(seed: 1)
        #expect(try self.compress(random.bytes(1_000), room: 950) == nil)
        #expect(try self.compress(Self.text, room: 10) == nil)
        #expect(try self.compress(Self.text, room: 0) == nil)
    }

    @Test("a frame that holds more or fewer bytes than announced is an error", arguments: [0, 1, -1, 5_000_000])
    func wrongLength(difference: Int) throws {
        let bytes = try #require(try self.compress(Self.text))
        guard difference != 0 else {
            #expect(try self.decompress(bytes, Self.text.count) == Self.text)
            return
        }
        let error = #expect(throws: ZstdError.self) { try self.decompress(bytes, Self.text.count + difference) }
        #expect(error?.code == .wrongLength)
    }

    @Test("a small frame that expands beyond its limit stops there")
    func bomb() throws {
        let bytes = try #require(try self.compress([UInt8](repeating: 0, count: 32 << 20)))
        #expect(bytes.count < 8_192)
        let error = #expect(throws: ZstdError.self) { try self.decompress(bytes, 4 << 20) }
        #expect(error?.code == .wrongLength)
    }

    @Test("garbage is malformed, whatever it is", arguments: 0..<50 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bytes = try #require(try self.compress(Self.text))
        if random.chance(percent: 50) {
            bytes.removeLast(random.within(1...bytes.count - 1))
        } else {
            bytes = random.bytes(200)
        }
        #expect(throws: ZstdError.self) { try self.decompress(bytes, Self.text.count) }
    }

    @Test("a difference to a prefix is small and needs that prefix")
    func prefix() throws {
        var random = SplitMix64(seed: 3)
        let base = random.bytes(200_000)
        var edited = base
        edited.replaceSubrange(100_000..<100_010, with: Array("0123456789abc".utf8))
        try base.withUnsafeBytes { prefix in
            let bytes = try #require(try self.compress(edited, reference: .prefix(prefix)))
            #expect(bytes.count < 500)
            #expect(try self.decompress(bytes, edited.count, reference: .prefix(prefix)) == edited)
            let alone = try? self.decompress(bytes, edited.count)
            #expect(alone != edited)
        }
    }

    @Test("a dictionary helps, and both directions need it")
    func dictionary() throws {
        let dictionary = try ZstdDictionary(Self.text, level: 3)
        let raw = Array(Self.text.prefix(300)) + Array("another tail".utf8)
        let with = try #require(try self.compress(raw, reference: .dictionary(dictionary)))
        let without = try #require(try self.compress(raw))
        #expect(with.count < without.count)
        #expect(try self.decompress(with, raw.count, reference: .dictionary(dictionary)) == raw)
        #expect((try? self.decompress(with, raw.count)) != raw)
    }
}
