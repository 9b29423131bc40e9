/// URL-encoded paths, as `add` and `remove` actions name files.
enum PercentEncoding {
    /// `text` with every `%xx` replaced by the byte it stands for; `text` itself where that would not be UTF-8.
    static func decode(_ text: String) -> String {
        guard text.utf8.contains(0x25) else { return text }
        let encoded = Array(text.utf8)
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
        return String(validating: decoded, as: UTF8.self) ?? text
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
