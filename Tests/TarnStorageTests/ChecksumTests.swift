import CTarn
import TarnTestKit
import Testing

@Suite("CRC32C in C")
struct ChecksumTests {
    private func checksum(_ bytes: [UInt8], from crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { tarn_crc32c(crc, $0.baseAddress, $0.count) }
    }

    @Test("agrees with RFC 3720", arguments: [("00", 0x8a91_36aa), ("ff", 0x62a8_ab43)] as [(String, UInt32)])
    func vectors(byte: String, expected: UInt32) throws {
        let value = try #require(UInt8(byte, radix: 16))
        #expect(self.checksum([UInt8](repeating: value, count: 32)) == expected)
        #expect(self.checksum(Array("123456789".utf8)) == 0xe306_9283)
    }

    @Test("continues where it stopped, at any split")
    func splits() {
        var random = SplitMix64(seed: 9)
        let bytes = random.bytes(61)
        for split in 0...bytes.count {
            #expect(
                self.checksum(Array(bytes[split...]), from: self.checksum(Array(bytes[..<split])))
                    == self.checksum(bytes)
            )
        }
    }
}
