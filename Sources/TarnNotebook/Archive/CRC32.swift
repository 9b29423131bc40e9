/// The checksum of zip archives (ISO 3309).
enum CRC32 {
    /// `tables[k][b]` is the checksum of byte b with k zero bytes behind it.
    private static let tables: [[UInt32]] = {
        var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 4)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
            tables[0][byte] = value
        }
        for byte in 0..<256 {
            for level in 1..<4 {
                let before = tables[level - 1][byte]
                tables[level][byte] = before >> 8 ^ tables[0][Int(before & 0xff)]
            }
        }
        return tables
    }()

    static func of(_ bytes: some RandomAccessCollection<UInt8>) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { self.checksum($0) }
            ?? Array(bytes).withUnsafeBufferPointer { self.checksum($0) }
    }

    private static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let tables = self.tables
        let (table0, table1, table2, table3) = (tables[0], tables[1], tables[2], tables[3])
        var value = ~UInt32(0)
        var index = 0
        while index + 4 <= bytes.count {
            let word =
                UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                | UInt32(bytes[index + 3]) << 24
            value ^= word
            value =
                table3[Int(value & 0xff)] ^ table2[Int(value >> 8 & 0xff)] ^ table1[Int(value >> 16 & 0xff)]
                ^ table0[Int(value >> 24)]
            index += 4
        }
        while index < bytes.count {
            value = value >> 8 ^ table0[Int((value ^ UInt32(bytes[index])) & 0xff)]
            index += 1
        }
        return ~value
    }
}
