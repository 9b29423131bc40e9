import TarnCore
import TarnCrypto
import TarnSegment

/// The bytes of a segment file, as a test looks into them.
struct SegmentImage: SegmentSource {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var bytesCount: Int { self.bytes.count }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) {
        buffer.copyBytes(from: self.bytes[offset..<offset + buffer.count])
    }

    /// The intact records, found by a scan.
    func records() throws -> [IndexRow] {
        let header = try self.bytes.withUnsafeBytes { try SegmentHeader(decoding: $0, TestChecksums.self) }
        var rows: [IndexRow] = []
        var scanner = SegmentScanner(self, segment: header.number, key: header.key, TestChecksums.self) { row, _ in
            rows.append(row)
        }
        _ = scanner.run()
        return rows
    }
}

/// The record format's checksums, the CRC in plain Swift.
enum TestChecksums: RecordChecksums {
    static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest { SHA256.digest(bytes) }

    static func crc32c(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var value = ~crc
        for byte in bytes { value = self.table[Int((value ^ UInt32(byte)) & 0xff)] ^ value >> 8 }
        return ~value
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82f6_3b78 : 0) }
    }
}
