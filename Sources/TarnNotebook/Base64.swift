/// Base-64 text (RFC 4648, section 4), with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding: UInt8 = 0x3d
    private static let invalid: UInt8 = 0xff

    /// The value of each character, ``invalid`` for one that is none of the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for (value, character) in Self.alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The ASCII characters that spell `bytes`.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = self.alphabet
        return [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { buffer, initialized in
            var index = 0
            while index + 3 <= bytes.count {
                let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                buffer[initialized] = alphabet[Int(group >> 18)]
                buffer[initialized + 1] = alphabet[Int(group >> 12 & 63)]
                buffer[initialized + 2] = alphabet[Int(group >> 6 & 63)]
                buffer[initialized + 3] = alphabet[Int(group & 63)]
                initialized += 4
                index += 3
            }
            let rest = bytes.count - index
            guard rest > 0 else { return }
            let group = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
            buffer[initialized] = alphabet[Int(group >> 18)]
            buffer[initialized + 1] = alphabet[Int(group >> 12 & 63)]
            buffer[initialized + 2] = rest == 2 ? alphabet[Int(group >> 6 & 63)] : self.padding
            buffer[initialized + 3] = self.padding
            initialized += 4
        }
    }

    /// The bytes that `text` spells, or nil when it is not base-64: a character outside the alphabet, a wrong length or
    /// bits that no byte uses. Line breaks between characters and missing padding are accepted.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let values = self.values
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count / 4 * 3 + 3)
        var group: UInt32 = 0
        var characters = 0
        var paddings = 0
        for character in text {
            if character == 0x0a || character == 0x0d { continue }
            if character == self.padding {
                paddings += 1
                continue
            }
            let value = values[Int(character)]
            guard value != self.invalid, paddings == 0 else { return nil }
            group = group << 6 | UInt32(value)
            characters += 1
            if characters & 3 == 0 {
                decoded.append(UInt8(truncatingIfNeeded: group >> 16))
                decoded.append(UInt8(truncatingIfNeeded: group >> 8))
                decoded.append(UInt8(truncatingIfNeeded: group))
                group = 0
            }
        }
        let rest = characters & 3
        guard paddings == 0 || paddings == (4 - rest) & 3, rest != 1 else { return nil }
        if rest == 2 {
            guard group & 15 == 0 else { return nil }
            decoded.append(UInt8(truncatingIfNeeded: group >> 4))
        } else if rest == 3 {
            guard group & 3 == 0 else { return nil }
            decoded.append(UInt8(truncatingIfNeeded: group >> 10))
            decoded.append(UInt8(truncatingIfNeeded: group >> 2))
        }
        return decoded
    }
}
