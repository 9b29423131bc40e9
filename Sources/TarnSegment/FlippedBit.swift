/// Finds the one bit whose flip explains why a record does not match its checksum, so that what the record is for can
/// still be told: a CRC32C of so few bytes is another one for every single bit.
///
/// Damage of another kind can look like a single bit by chance: whatever is read out of the result must be proved by
/// something else, such as a hash or a fingerprint.
package enum FlippedBit {
    /// `bytes`, exactly one record, with the bit turned back; nil when no single bit explains the damage.
    package static func repaired<C: RecordChecksums>(_ bytes: UnsafeRawBufferPointer, _: C.Type) -> [UInt8]? {
        let end = bytes.count - Record.checksumBytesCount
        guard end > 0 else { return nil }
        let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self))
        let actual = C.crc32c(0, UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        guard let bit = self.position(of: stored ^ actual, bytesCount: end) else { return nil }
        var repaired = Array(bytes)
        repaired[bit >> 3] ^= 1 << UInt8(bit & 7)
        return repaired
    }

    /// The bit that makes this difference between a checksum and the one behind `bytesCount` bytes.
    private static func position(of difference: UInt32, bytesCount: Int) -> Int? {
        guard difference != 0 else { return nil }
        // In the checksum itself.
        if difference.nonzeroBitCount == 1 { return bytesCount * 8 + difference.trailingZeroBitCount }
        var difference = difference
        for byte in stride(from: bytesCount - 1, through: 0, by: -1) {
            for bit in 0..<8 where self.table[1 << bit] == difference { return byte * 8 + bit }
            // What the difference was before the bytes behind this one: the step of the checksum, backwards.
            let index = self.inverse[Int(difference >> 24)]
            difference = (difference ^ self.table[Int(index)]) << 8 | UInt32(index)
        }
        return nil
    }

    /// What each byte adds to a CRC32C.
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82f6_3b78 : 0) }
    }

    /// The byte whose entry in ``table`` has this highest byte.
    private static let inverse: [UInt8] = {
        var inverse = [UInt8](repeating: 0, count: 256)
        for (index, value) in table.enumerated() { inverse[Int(value >> 24)] = UInt8(index) }
        return inverse
    }()
}
