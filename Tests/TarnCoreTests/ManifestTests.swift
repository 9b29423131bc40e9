import TarnCore
import TarnTestKit
import Testing

@Suite struct ManifestTests {
    private static let chunk = UInt64(Limits.chunkBytes)

    private static func manifest(size: UInt64, level: UInt8 = 0) throws -> Manifest {
        var random = SplitMix64(seed: size)
        let chunks = (0..<Manifest.chunkCount(size: size)).map { _ in random.digest() }
        return try Manifest(level: level, content: random.digest(), size: size, chunks: chunks)
    }

    @Test(arguments: [chunk + 1, 2 * chunk, 2 * chunk + 1, 100 * chunk - 1])
    func manifestsSurviveTheRoundTrip(size: UInt64) throws {
        for level in [0, 1] as [UInt8] {
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
}
