internal import TarnCore

/// Appends the format's integers to a byte array.
extension [UInt8] {
    mutating func appendUInt32(_ value: UInt32) {
        Swift.withUnsafeBytes(of: value.littleEndian) { self.append(contentsOf: $0) }
    }

    mutating func appendUInt64(_ value: UInt64) {
        Swift.withUnsafeBytes(of: value.littleEndian) { self.append(contentsOf: $0) }
    }

    mutating func appendOrdinal(_ value: UInt64) {
        precondition(value <= Limits.ordinalMax, "ordinal \(value)")
        Swift.withUnsafeBytes(of: value.littleEndian) { self.append(contentsOf: $0.prefix(6)) }
    }

    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func appendDigest(_ digest: Digest) {
        withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { buffer in
            digest.write(to: buffer)
            self.append(contentsOf: buffer)
        }
    }

    /// Overwrites four bytes at `offset`.
    mutating func storeUInt32(_ value: UInt32, at offset: Int) {
        self.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self) }
    }
}
