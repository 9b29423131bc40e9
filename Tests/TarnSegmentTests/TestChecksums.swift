import TarnCore
import TarnSegment
import TarnTestKit

/// The record format's checksums in plain Swift.
enum TestChecksums: RecordChecksums {
    static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest { PureSHA256.digest(bytes) }

    static func crc32c(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var value = ~crc
        for byte in bytes { value = self.table[Int((value ^ UInt32(byte)) & 0xff)] ^ value >> 8 }
        return ~value
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82f6_3b78 : 0) }
    }
}
