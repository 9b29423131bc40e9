/// Looks for words and calls in lines of text.
enum Words {
    /// Whether `word` stands in `line` on its own: where it begins or ends with a letter, digit or `_`, none of these
    /// is next to it.
    static func contains(_ word: String, in line: Substring) -> Bool {
        self.contains(word, in: line, notAfter: { self.isIdentifier($0) })
    }

    /// Whether the free function `name(` is called in `line`; a method of that name is another thing.
    static func callsFunction(_ name: String, in line: Substring) -> Bool {
        self.contains("\(name)(", in: line, notAfter: { self.isIdentifier($0) || $0 == UInt8(ascii: ".") })
    }

    static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }

    private static func contains(_ word: String, in line: Substring, notAfter isBefore: (UInt8) -> Bool) -> Bool {
        let bytes = Array(line.utf8)
        let wanted = Array(word.utf8)
        guard let first = wanted.first, let last = wanted.last, bytes.count >= wanted.count else { return false }
        for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
            let end = start + wanted.count
            guard bytes[start..<end].elementsEqual(wanted) else { continue }
            if self.isIdentifier(first), start > 0, isBefore(bytes[start - 1]) { continue }
            if self.isIdentifier(last), end < bytes.count, self.isIdentifier(bytes[end]) { continue }
            return true
        }
        return false
    }
}
