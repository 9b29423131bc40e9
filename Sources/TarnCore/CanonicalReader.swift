/// Reads the canonical encoding and rejects every other byte form of the same value, so that equal values have equal
/// bytes.
///
/// Reads never go past the end and never allocate more than the input holds: lengths are checked before anything is
/// copied.
package struct CanonicalReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    /// How many bytes were read.
    package var offset: Int { self.index - self.bytes.startIndex }
    package var remaining: Int { self.bytes.endIndex - self.index }
    package var isAtEnd: Bool { self.remaining == 0 }

    package mutating func readByte() throws(CoreError) -> UInt8 {
        guard self.remaining > 0 else { throw Self.truncated }
        defer { self.index += 1 }
        return self.bytes[self.index]
    }

    package mutating func readUInt64() throws(CoreError) -> UInt64 {
        // Most integers are lengths of one byte.
        if self.index < self.bytes.endIndex, self.bytes[self.index] < 0x80 {
            defer { self.index += 1 }
            return UInt64(self.bytes[self.index])
        }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try self.readByte()
            if shift == 63, byte > 1 { throw CoreError(.malformed, "integer over 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                if byte == 0, shift > 0 { throw CoreError(.malformed, "integer not in its shortest form") }
                return value
            }
            shift += 7
            if shift > 63 { throw CoreError(.malformed, "integer over 64 bits") }
        }
    }

    /// A count of at most `max`.
    package mutating func readCount(max: Int) throws(CoreError) -> Int {
        let value = try self.readUInt64()
        guard value <= UInt64(max) else { throw CoreError(.malformed, "count \(value) over its limit of \(max)") }
        return Int(value)
    }

    package mutating func readDigest() throws(CoreError) -> Digest {
        guard self.remaining >= Digest.byteCount else { throw Self.truncated }
        defer { self.index += Digest.byteCount }
        let start = self.index - self.bytes.startIndex
        return self.bytes.withUnsafeBytes { Digest($0, at: start) }
    }

    /// A length-prefixed byte string of at most `max` bytes.
    package mutating func readBytes(max: Int) throws(CoreError) -> ArraySlice<UInt8> {
        try self.readRaw(count: self.readCount(max: max))
    }

    /// Steps over a length-prefixed byte string of at most `max` bytes.
    package mutating func skipBytes(max: Int) throws(CoreError) {
        let count = try self.readCount(max: max)
        guard self.remaining >= count else { throw Self.truncated }
        self.index += count
    }

    /// `count` bytes as they are.
    package mutating func readRaw(count: Int) throws(CoreError) -> ArraySlice<UInt8> {
        guard count >= 0, self.remaining >= count else { throw Self.truncated }
        defer { self.index += count }
        return self.bytes[self.index..<self.index + count]
    }

    /// A length-prefixed UTF-8 string of at most `max` bytes.
    package mutating func readString(max: Int) throws(CoreError) -> String {
        let raw = try self.readBytes(max: max)
        guard let text = raw.withUnsafeBufferPointer({ Bytes.text($0) }) else {
            throw CoreError(.malformed, "text is not UTF-8")
        }
        return text
    }

    /// Throws unless everything was read: trailing bytes would be a second form of the same value.
    package func expectEnd() throws(CoreError) {
        guard self.isAtEnd else { throw CoreError(.malformed, "\(self.remaining) bytes too many") }
    }

    private static var truncated: CoreError { CoreError(.malformed, "bytes end too early") }
}
