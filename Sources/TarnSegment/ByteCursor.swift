internal import TarnCore

/// Reads little-endian integers and varints from a buffer without ever leaving it.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// Bytes that ``readVarint()`` reads for `value`.
    static func varintBytesCount(_ value: UInt64) -> Int {
        max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    var remaining: Int { self.bytes.count - self.offset }

    mutating func readByte() throws(SegmentError) -> UInt8 {
        let start = try self.take(1)
        return self.bytes[start]
    }

    mutating func readUInt32() throws(SegmentError) -> UInt32 {
        let start = try self.take(4)
        return UInt32(littleEndian: self.bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    }

    mutating func readUInt64() throws(SegmentError) -> UInt64 {
        let start = try self.take(8)
        return UInt64(littleEndian: self.bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }

    /// 48 bits.
    mutating func readOrdinal() throws(SegmentError) -> UInt64 {
        let low = try self.readUInt32()
        let start = try self.take(2)
        let high = UInt16(littleEndian: self.bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self))
        return UInt64(low) | UInt64(high) << 32
    }

    /// Unsigned LEB128 of at most 64 bits.
    mutating func readVarint() throws(SegmentError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = try self.readByte()
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw SegmentError(.malformed, "integer over 64 bits")
    }

    mutating func readCount(max: Int) throws(SegmentError) -> Int {
        let value = try self.readVarint()
        guard value <= UInt64(max) else { throw SegmentError(.malformed, "length \(value) over its limit of \(max)") }
        return Int(value)
    }

    mutating func readDigest() throws(SegmentError) -> Digest {
        Digest(self.bytes, at: try self.take(Digest.byteCount))
    }

    /// Skips `count` bytes and returns where they are.
    mutating func readRange(_ count: Int) throws(SegmentError) -> Range<Int> {
        let start = try self.take(count)
        return start..<start + count
    }

    private mutating func take(_ count: Int) throws(SegmentError) -> Int {
        guard count >= 0, self.remaining >= count else { throw SegmentError(.malformed, "bytes end too early") }
        defer { self.offset += count }
        return self.offset
    }
}
