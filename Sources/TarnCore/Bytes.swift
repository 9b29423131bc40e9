/// Order and search over byte strings, a word at a time.
package enum Bytes {
    /// Whether `left` comes before `right` in byte order; a prefix comes before what extends it.
    package static func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { self.compare(left, $0) < 0 } }
    }

    /// Whether the UTF-8 of `left` comes before that of `right` in byte order.
    package static func isLess(_ left: String, _ right: String) -> Bool {
        self.withBytes(of: left) { left in self.withBytes(of: right) { self.compare(left, $0) < 0 } }
    }

    /// Whether two strings have the same UTF-8; `==` on strings also equates different bytes of the same characters.
    package static func areEqual(_ left: String, _ right: String) -> Bool {
        self.withBytes(of: left) { left in self.withBytes(of: right) { self.compare(left, $0) == 0 } }
    }

    /// The text whose UTF-8 `bytes` are, or nil. Much faster than `String(validating:as:)` for the usual case of ASCII.
    package static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        self.isASCII(UnsafeRawBufferPointer(bytes))
            ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }

    /// Whether every byte is below 128.
    package static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var seen: UInt64 = 0
        var index = 0
        while index + 8 <= bytes.count {
            seen |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            seen |= UInt64(bytes[index])
            index += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    private static func withBytes<Result>(of text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        return Array(text.utf8).withUnsafeBytes(body)
    }

    /// Negative, zero or positive, as `memcmp` and then the lengths.
    package static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let shared = self.sharedPrefixCount(left, right)
        if shared == left.count || shared == right.count { return left.count - right.count }
        return Int(left[shared]) - Int(right[shared])
    }

    /// How many leading bytes `left` and `right` have in common.
    package static func sharedPrefixCount(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let count = min(left.count, right.count)
        var index = 0
        while index + 8 <= count {
            let difference =
                left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                ^ right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if difference != 0 { return index + UInt64(littleEndian: difference).trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, left[index] == right[index] { index += 1 }
        return index
    }
}
