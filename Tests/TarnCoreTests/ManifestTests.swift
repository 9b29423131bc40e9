import Foundation
import TarnCore
import TarnTestKit
import Testing

@Suite struct ManifestTests {
    private static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"
    private static let chunk = UInt64(Limits.chunkBytes)

    private static func manifest(size: UInt64, level: UInt8 = 0) throws -> Manifest {
        var random = SplitMix64(seed: size)
        let chunks = (0..<Manifest.chunkCount(size: size)).map { _ in random.digest() }
        return try Manifest(level: level, content: random.digest(), size: size, chunks: chunks)
    }

    @Test(arguments: [chunk + 1, 2 * chunk, 2 * chunk + 1, 100 * chunk - 1])
    func manifestsSurviveTheRoundTrip(size: UInt64) throws {
        for level in [0, 1] as [UInt8] where level == 0 || size <= UInt64(Manifest.encodedBytesMax) {
            let manifest = try Self.manifest(size: size, level: level)
            #expect(try Manifest(decoding: manifest.encoded()) == manifest)
            let sum = manifest.chunks.indices.reduce(0) { $0 + manifest.chunkBytesCount(at: $1) }
            #expect(UInt64(sum) == size)
        }
    }

    @Test func chunksMustFitTheSize() {
        #expect(throws: CoreError.self) { try Self.manifest(size: Self.chunk) }
        #expect(throws: CoreError.self) { try Self.manifest(size: 2 * Self.chunk, level: 2) }
        #expect(throws: CoreError.self) { try Manifest(content: .zero, size: Self.chunk * 2, chunks: [.zero]) }
        #expect(throws: CoreError.self) { try Manifest(content: .zero, size: .max, chunks: []) }
    }

    @Test func onlyTheCanonicalFormIsRead() throws {
        let bytes = try Self.manifest(size: 3 * Self.chunk).encoded()
        var random = SplitMix64(seed: 3)
        for index in bytes.indices {
            #expect(throws: CoreError.self) { try Manifest(decoding: Array(bytes[..<index])) }
            var damaged = bytes
            damaged[index] = UInt8(truncatingIfNeeded: random.next())
            if let other = try? Manifest(decoding: damaged) { #expect(other.encoded() == damaged) }
        }
        #expect(throws: CoreError.self) { try Manifest(decoding: bytes + [0]) }
        // A size that would overflow the count of chunks.
        var huge = CanonicalWriter()
        huge.write(raw: bytes[..<34])
        huge.write(UInt64.max)
        #expect(throws: CoreError.self) { try Manifest(decoding: huge.bytes) }
    }

    @Test("a manifest of a manifest claims no more than the largest file's manifest takes")
    func upperLevel() throws {
        let largest = UInt64(Manifest.encodedBytesMax)
        #expect(Manifest.chunkCount(size: Limits.fileBytesMax) * Digest.byteCount < Manifest.encodedBytesMax)
        #expect(try Self.manifest(size: largest, level: 1).size == largest)
        #expect(throws: CoreError.self) { try Self.manifest(size: largest + 1, level: 1) }
        #expect(throws: CoreError.self) { try Self.manifest(size: 4 << 30, level: 1) }
        // The same bytes with the other level are read, so it is the level that decides.
        var bytes = try Self.manifest(size: 4 << 30).encoded()
        #expect(try Manifest(decoding: bytes).level == 0)
        bytes[1] = 1
        #expect(throws: CoreError.self) { try Manifest(decoding: bytes) }
    }

    @Test("changed manifests are refused, or are another one in its only form", arguments: 0..<16 as Range<UInt64>)
    func fuzz(part: UInt64) throws {
        let claims: [[UInt8]] = [
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80, 0x80, 0x80, 0x80, 0x80, 0xa0, 0x01],
            [0x81, 0x80, 0x80, 0x80, 0x80, 0xa0, 0x01], [0x80, 0x80, 0x02], [0x81, 0x80, 0x80, 0x02], [0x80, 0x00],
        ]
        for round in 0..<(Self.isLong ? 200_000 : 1_000) {
            let seed = part << 32 | UInt64(round)
            var random = SplitMix64(seed: seed)
            let size = Self.chunk * UInt64(random.within(1...5)) + UInt64(random.within(1...9))
            var bytes = try Self.manifest(size: size, level: UInt8(random.below(2))).encoded()
            for _ in 0..<random.within(1...3) {
                let at = random.below(bytes.count)
                switch random.below(5) {
                case 0: bytes[at] = UInt8(random.below(256))
                case 1: bytes.replaceSubrange(34..<min(bytes.count, 38), with: random.pick(claims))
                case 2: bytes.removeLast(min(bytes.count - 1, random.pick([1, 31, 32, 33, 64])))
                case 3: bytes += random.bytes(random.pick([1, 31, 32, 33, 64]))
                default: bytes.remove(at: at)
                }
                if bytes.count < 40 { break }
            }
            guard let manifest = try? Manifest(decoding: bytes) else { continue }
            #expect(manifest.encoded() == bytes, "seed \(seed)")
            let sum = manifest.chunks.indices.reduce(0) { $0 + UInt64(manifest.chunkBytesCount(at: $1)) }
            #expect(sum == manifest.size && manifest.chunks.indices.allSatisfy { manifest.chunkBytesCount(at: $0) > 0 })
        }
    }

    /// Version, level, content, and then a size with the chunks that are there.
    @Test(
        "forged manifests of the corpus are refused",
        arguments: [
            "", "01", "0100", "0000", "0200",
            // Sizes over 64 bits, above the largest file, not in their shortest form, of a blob, and cut off.
            "0100{}ffffffffffffffffffff01", "0100{}ffffffffffffffffff01", "0100{}8180808080a001", "0100{}818080820080",
            "0100{}80808002{}", "0100{}ffffff", "0100{}",
            // One chunk too few, one too many, half a chunk; a level that there is not; a level 1 of terabytes.
            "0100{}81808002{}", "0100{}81808002{}{}{}", "0100{}81808002{}{}00", "0102{}81808002{}{}",
            "0101{}8080808080a001{}",
        ]
    )
    func corpus(pattern: String) throws {
        let hex = pattern.replacing("{}", with: String(repeating: "5a", count: Digest.byteCount))
        let bytes = try #require(Hex.decode(hex.utf8))
        #expect(throws: CoreError.self) { try Manifest(decoding: bytes) }
    }
}
