/// Base-64 (RFC 4648): written with padding, or in the alphabet of URLs without it; read in either alphabet, with or
/// without padding, white space passed over.
package enum Base64 {
    private static let digits: [UInt8] = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlDigits: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
    )
    private static let space: UInt8 = 64
    private static let padding: UInt8 = 65
    private static let invalid: UInt8 = 255
    /// The value of each digit of either alphabet, or what else a character is.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for alphabet in [Self.digits, Self.urlDigits] {
            for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        }
        for character in [0x09, 0x0a, 0x0d, 0x20] { values[character] = Self.space }
        values[0x3d] = Self.padding
        return values
    }()

    /// The text that spells `bytes`, padded.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: self.encodedBytesCount(of: bytes)) { out in
            self.encode(bytes, self.digits, into: out, isPadded: true)
        }
    }

    /// The same text as its UTF-8 bytes, for who writes bytes.
    package static func encodeToUTF8(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: self.encodedBytesCount(of: bytes)) { out, count in
            count = self.encode(bytes, self.digits, into: out, isPadded: true)
        }
    }

    /// The alphabet of URLs and file names, without padding.
    package static func encodeForURL(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: self.encodedBytesCount(of: bytes)) { out in
            self.encode(bytes, self.urlDigits, into: out, isPadded: false)
        }
    }

    /// The bytes that `text` spells, or nil when it is not base-64: a character of neither alphabet, a wrong length, or
    /// bits that no byte uses.
    package static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { self.decode($0) }
    }

    /// The bytes that the characters `utf8` spell, or nil when they are not base-64.
    package static func decode(utf8: ArraySlice<UInt8>) -> [UInt8]? {
        utf8.withUnsafeBufferPointer { self.decode($0) }
    }

    private static func encodedBytesCount(of bytes: [UInt8]) -> Int { (bytes.count + 2) / 3 * 4 }

    private static func encode(
        _ bytes: [UInt8],
        _ digits: [UInt8],
        into out: UnsafeMutableBufferPointer<UInt8>,
        isPadded: Bool
    ) -> Int {
        var position = 0
        var index = 0
        let wholeEnd = bytes.count - bytes.count % 3
        while index < wholeEnd {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            out[position] = digits[Int(group >> 18)]
            out[position + 1] = digits[Int(group >> 12 & 63)]
            out[position + 2] = digits[Int(group >> 6 & 63)]
            out[position + 3] = digits[Int(group & 63)]
            index += 3
            position += 4
        }
        let restCount = bytes.count - wholeEnd
        guard restCount > 0 else { return position }
        let group = UInt32(bytes[index]) << 16 | (restCount == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
        out[position] = digits[Int(group >> 18)]
        out[position + 1] = digits[Int(group >> 12 & 63)]
        position += 2
        if restCount == 2 {
            out[position] = digits[Int(group >> 6 & 63)]
            position += 1
        }
        guard isPadded else { return position }
        for _ in restCount..<3 {
            out[position] = 0x3d
            position += 1
        }
        return position
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let values = self.values
        var isBroken = false
        let decoded = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { out, count in
            var group: UInt32 = 0
            var digitCount = 0
            var paddingCount = 0
            for character in text {
                let value = values[Int(character)]
                if value < 64, paddingCount == 0 {
                    group = group << 6 | UInt32(value)
                    digitCount += 1
                    guard digitCount == 4 else { continue }
                    out[count] = UInt8(truncatingIfNeeded: group >> 16)
                    out[count + 1] = UInt8(truncatingIfNeeded: group >> 8)
                    out[count + 2] = UInt8(truncatingIfNeeded: group)
                    count += 3
                    group = 0
                    digitCount = 0
                } else if value == self.padding {
                    paddingCount += 1
                } else if value != self.space {
                    isBroken = true
                    return
                }
            }
            // One digit is no byte; padding, where there is any, fills the last group; bits left over are zero.
            let isWhole = paddingCount == 0 || paddingCount == (4 - digitCount) & 3
            guard isWhole, digitCount != 1, group & (digitCount == 2 ? 15 : digitCount == 3 ? 3 : 0) == 0 else {
                isBroken = true
                return
            }
            if digitCount == 2 {
                out[count] = UInt8(truncatingIfNeeded: group >> 4)
                count += 1
            } else if digitCount == 3 {
                out[count] = UInt8(truncatingIfNeeded: group >> 10)
                out[count + 1] = UInt8(truncatingIfNeeded: group >> 2)
                count += 2
            }
        }
        return isBroken ? nil : decoded
    }
}
