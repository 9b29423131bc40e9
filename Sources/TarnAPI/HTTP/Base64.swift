/// Base64 (RFC 4648, section 4) over bytes: encodes with padding, decodes with or without, white space left out.
enum Base64 {
    private static let digits: [UInt8] = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlDigits: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
    )
    /// The value of each digit of either alphabet; 64 for white space, 65 for the padding, 255 for anything else.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for alphabet in [Self.digits, Self.urlDigits] {
            for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        }
        for space in [0x09, 0x0a, 0x0d, 0x20] { values[space] = 64 }
        values[0x3d] = 65
        return values
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { out in
            self.encode(bytes, self.digits, into: out, isPadded: true)
        }
    }

    /// The alphabet of URLs and file names, without padding.
    static func encodeForURL(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { out in
            self.encode(bytes, self.urlDigits, into: out, isPadded: false)
        }
    }

    /// The bytes that `text` spells in either alphabet, or nil.
    static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { self.decode($0) }
    }

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
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3 + 3)
        var group: UInt32 = 0
        var digitCount = 0
        var paddingCount = 0
        for character in text {
            let value = self.values[Int(character)]
            if value == 64 { continue }
            if value == 65 {
                paddingCount += 1
                continue
            }
            guard value < 64, paddingCount == 0 else { return nil }
            group = group << 6 | UInt32(value)
            digitCount += 1
            guard digitCount == 4 else { continue }
            out.append(UInt8(truncatingIfNeeded: group >> 16))
            out.append(UInt8(truncatingIfNeeded: group >> 8))
            out.append(UInt8(truncatingIfNeeded: group))
            group = 0
            digitCount = 0
        }
        switch digitCount {
        case 0: return paddingCount == 0 ? out : nil
        case 2 where paddingCount == 0 || paddingCount == 2: out.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3 where paddingCount < 2:
            out.append(UInt8(truncatingIfNeeded: group >> 10))
            out.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return nil
        }
        return out
    }
}
