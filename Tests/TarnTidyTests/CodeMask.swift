/// Separates Swift code from its comments and string literals, well enough to look for words in either.
///
/// An interpolation counts as part of its literal. Regex literals are not recognised.
struct CodeMask {
    private let bytes: [UInt8]
    private var out: [UInt8] = []
    private var index = 0

    private init(_ text: String) {
        self.bytes = Array(text.utf8)
        self.out.reserveCapacity(self.bytes.count)
    }

    /// `text` with every byte of comments and literals, line breaks excepted, replaced by a space.
    static func code(of text: String) -> String {
        var mask = CodeMask(text)
        while mask.index < mask.bytes.count { mask.step() }
        return String(decoding: mask.out, as: UTF8.self)
    }

    private mutating func step() {
        if self.starts(with: "//") {
            while self.index < self.bytes.count, self.bytes[self.index] != 0x0a { self.blank(1) }
        } else if self.starts(with: "/*") {
            self.skipBlockComment()
        } else if let pounds = self.literalPounds() {
            self.skipLiteral(pounds: pounds)
        } else {
            self.out.append(self.bytes[self.index])
            self.index += 1
        }
    }

    private func starts(with text: StaticString, at offset: Int = 0) -> Bool {
        let start = self.index + offset
        guard start + text.utf8CodeUnitCount <= self.bytes.count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(self.bytes[start..<(start + $0.count)]) }
    }

    private mutating func blank(_ count: Int) {
        for byte in self.bytes[self.index..<min(self.index + count, self.bytes.count)] {
            self.out.append(byte == 0x0a ? byte : 0x20)
        }
        self.index = min(self.index + count, self.bytes.count)
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if self.starts(with: "/*") {
                depth += 1
                self.blank(2)
            } else if self.starts(with: "*/") {
                depth -= 1
                self.blank(2)
            } else {
                self.blank(1)
            }
        } while depth > 0 && self.index < self.bytes.count
    }

    /// How many `#` come before the quotation mark of the literal that starts here, or nil when none does.
    private func literalPounds() -> Int? {
        var end = self.index
        while end < self.bytes.count, self.bytes[end] == 0x23 { end += 1 }
        guard end < self.bytes.count, self.bytes[end] == 0x22 else { return nil }
        return end - self.index
    }

    private mutating func skipLiteral(pounds: Int) {
        let isMultiline = self.starts(with: "\"\"\"", at: pounds)
        let quotes = isMultiline ? 3 : 1
        let closing = [UInt8](repeating: 0x22, count: quotes) + [UInt8](repeating: 0x23, count: pounds)
        let escape = [0x5c] + [UInt8](repeating: 0x23, count: pounds)
        self.blank(pounds + quotes)
        var interpolationDepth = 0
        while self.index < self.bytes.count {
            let rest = self.bytes[self.index...]
            if interpolationDepth > 0 {
                self.stepInterpolation(&interpolationDepth)
            } else if rest.starts(with: escape) {
                let isInterpolation = rest.dropFirst(escape.count).first == 0x28
                interpolationDepth = isInterpolation ? 1 : 0
                self.blank(escape.count + 1)
            } else if rest.starts(with: closing) {
                self.blank(closing.count)
                return
            } else if !isMultiline, rest.first == 0x0a {
                return
            } else {
                self.blank(1)
            }
        }
    }

    /// Inside `\(…)`: literals of its own may hold parentheses.
    private mutating func stepInterpolation(_ depth: inout Int) {
        if let pounds = self.literalPounds() {
            self.skipLiteral(pounds: pounds)
            return
        }
        switch self.bytes[self.index] {
        case 0x28: depth += 1
        case 0x29: depth -= 1
        default: break
        }
        self.blank(1)
    }
}
