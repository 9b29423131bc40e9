internal import TarnCore

/// Reads bytes that this process wrote or has checked: no errors, no copies.
struct TrustedReader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    var isAtEnd: Bool { self.offset >= self.bytes.count }

    mutating func byte() -> UInt8 {
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    mutating func integer() -> UInt64 {
        var value = UInt64(self.byte())
        if value < 0x80 { return value }
        value &= 0x7f
        var shift: UInt64 = 7
        while true {
            let next = UInt64(self.byte())
            value |= (next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func count() -> Int {
        Int(truncatingIfNeeded: self.integer())
    }

    mutating func digest() -> Digest {
        defer { self.offset += Digest.byteCount }
        return Digest(self.bytes, at: self.offset)
    }

    mutating func slice(_ count: Int) -> UnsafeRawBufferPointer {
        defer { self.offset += count }
        return UnsafeRawBufferPointer(rebasing: self.bytes[self.offset..<self.offset + count])
    }

    /// A length-prefixed byte string.
    mutating func lengthPrefixed() -> UnsafeRawBufferPointer {
        let count = self.count()
        return self.slice(count)
    }
}
