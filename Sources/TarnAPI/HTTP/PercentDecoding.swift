/// Percent-decoding of URLs (RFC 3986, section 2.1) over bytes.
enum PercentDecoding {
    /// The bytes that `text` spells, or nil when a `%` is not followed by two hex digits.
    static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index = text.index(after: index)
            switch byte {
            case 0x25:
                guard let high = self.nextDigit(text, &index), let low = self.nextDigit(text, &index) else {
                    return nil
                }
                out.append(high << 4 | low)
            case 0x2b where plusIsSpace: out.append(0x20)
            default: out.append(byte)
            }
        }
        return out
    }

    private static func nextDigit<Text: Collection<UInt8>>(_ text: Text, _ index: inout Text.Index) -> UInt8? {
        guard index < text.endIndex else { return nil }
        defer { index = text.index(after: index) }
        switch text[index] {
        case let digit where (0x30...0x39).contains(digit): return digit - 0x30
        case let digit where (0x61...0x66).contains(digit): return digit - 0x61 + 10
        case let digit where (0x41...0x46).contains(digit): return digit - 0x41 + 10
        default: return nil
        }
    }
}
