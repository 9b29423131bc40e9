/// URL-encoded bytes: `%xx` stands for the byte of that number.
package enum URIComponent {
    /// `text` with every `%xx` replaced by the byte it stands for; a `%` without two hex digits stays.
    package static func decode(_ encoded: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(encoded.count)
        var index = 0
        while index < encoded.count {
            if encoded[index] == 0x25, index + 2 < encoded.count, let high = self.value(of: encoded[index + 1]),
                let low = self.value(of: encoded[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(encoded[index])
                index += 1
            }
        }
        return decoded
    }

    /// The decoded text, or `text` itself where the bytes would not be UTF-8.
    package static func decode(_ text: String) -> String {
        guard text.utf8.contains(0x25) else { return text }
        return String(validating: self.decode(Array(text.utf8)), as: UTF8.self) ?? text
    }

    /// `bytes` with all but letters, digits and `-_.!~*'()` encoded, as a browser's `encodeURIComponent` does.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let isUnreserved = self.isUnreserved
        return [UInt8](unsafeUninitializedCapacity: bytes.count * 3) { out, count in
            for byte in bytes {
                if isUnreserved[Int(byte)] {
                    out[count] = byte
                    count += 1
                } else {
                    out[count] = 0x25
                    out[count + 1] = self.digit(byte >> 4)
                    out[count + 2] = self.digit(byte & 15)
                    count += 3
                }
            }
        }
    }

    private static let isUnreserved: [Bool] = (UInt8.min...UInt8.max).map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x2d, 0x5f, 0x2e, 0x21, 0x7e, 0x2a, 0x27, 0x28, 0x29: true
        default: false
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x41 + value - 10
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46: character - 0x41 + 10
        default: nil
        }
    }
}
