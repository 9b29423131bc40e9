import TarnCore
import TarnTestKit
import Testing

@Suite struct DigestTests {
    @Test func bytesAndTextNameTheSameDigest() throws {
        var random = SplitMix64(seed: 32)
        for _ in 0..<200 {
            let bytes = random.bytes(32)
            let digest = try #require(Digest(bytes: bytes))
            #expect(digest.bytes == bytes)
            #expect(digest.hex == Hex.encode(bytes) && digest.description == digest.hex)
            #expect(Digest(hex: digest.hex) == digest && Digest(hex: digest.hex.uppercased()) == digest)
            #expect(bytes.withUnsafeBytes { Digest($0) } == digest)
        }
    }

    @Test func orderIsByBytes() {
        var random = SplitMix64(seed: 33)
        let digests = (0..<200).map { _ in
            let first = random.digest()
            return random.chance(percent: 50)
                ? first : Digest(words: 5, random.next(), random.next() & 1, random.next())
        }
        #expect(digests.sorted().map(\.bytes) == digests.map(\.bytes).sorted { Bytes.isLess($0, $1) })
        #expect(digests.allSatisfy { Digest.zero < $0 })
    }

    @Test(arguments: [
        "", "00", String(repeating: "0", count: 63), String(repeating: "g", count: 64),
        String(repeating: "0", count: 66),
    ])
    func otherTextIsNoDigest(text: String) {
        #expect(Digest(hex: text) == nil)
    }

    @Test func hexReadsBothCasesOnly() {
        #expect(Hex.decode("00fFA9".utf8) == [0, 255, 169])
        #expect(Hex.decode("0".utf8) == nil && Hex.decode("0x".utf8) == nil && Hex.decode("zz".utf8) == nil)
        #expect(Hex.decode("".utf8) == [])
        #expect(Hex.encode([0, 255, 169]) == "00ffa9")
    }

    @Test func bytesCompareLikeTheirOrder() {
        var random = SplitMix64(seed: 34)
        for _ in 0..<500 {
            let stem = random.bytes(random.below(20))
            let left = stem + random.bytes(random.below(12))
            let right = stem + random.bytes(random.below(12))
            #expect(Bytes.isLess(left, right) == left.lexicographicallyPrecedes(right))
            let shared = left.withUnsafeBytes { left in right.withUnsafeBytes { Bytes.sharedPrefixCount(left, $0) } }
            #expect(shared == zip(left, right).prefix { $0 == $1 }.count)
        }
        #expect(Bytes.isLess("a", "b") && !Bytes.isLess("é", "z") && !Bytes.areEqual("\u{e9}", "e\u{301}"))
    }
}
