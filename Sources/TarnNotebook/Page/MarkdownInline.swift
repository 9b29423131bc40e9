/// The marks inside one line of Markdown: code, strong and emphasised text, and links.
///
/// Linear in the length of the line: a mark whose end was looked for in vain is not looked for again.
struct MarkdownInline {
    /// Marks in marks are followed this deep, and shown as they are below.
    private static let nestingMax = 8
    /// Longer runs of backquotes mark nothing.
    private static let fenceBytesMax = 3

    private let text: ArraySlice<UInt8>
    private let nesting: Int
    private var missing: Set<[UInt8]> = []

    /// Appends `text` as HTML, escaped.
    static func append(_ text: Substring, to out: inout [UInt8]) {
        self.append(Array(text.utf8)[...], nesting: 0, to: &out)
    }

    private static func append(_ text: ArraySlice<UInt8>, nesting: Int, to out: inout [UInt8]) {
        var inline = MarkdownInline(text: text, nesting: nesting)
        inline.append(to: &out)
    }

    private init(text: ArraySlice<UInt8>, nesting: Int) {
        self.text = text
        self.nesting = nesting
    }

    private mutating func append(to out: inout [UInt8]) {
        var plainStart = self.text.startIndex
        var index = plainStart
        while index < self.text.endIndex, self.nesting < Self.nestingMax {
            var span: [UInt8] = []
            if Self.isMark(self.text[index]), let end = self.appendSpan(at: index, to: &span) {
                Self.escape(self.text[plainStart..<index], to: &out)
                out.append(contentsOf: span)
                plainStart = end
                index = end
            } else {
                index += 1
            }
        }
        Self.escape(self.text[plainStart...], to: &out)
    }

    /// Appends the span that begins at `start` and returns where it ends; nil when nothing begins there.
    private mutating func appendSpan(at start: Int, to out: inout [UInt8]) -> Int? {
        switch self.text[start] {
        case UInt8(ascii: "`"): self.appendCode(at: start, to: &out)
        case UInt8(ascii: "["): self.appendLink(at: start, to: &out)
        case UInt8(ascii: "!"):
            start + 1 < self.text.endIndex && self.text[start + 1] == UInt8(ascii: "[")
                ? self.appendLink(at: start + 1, to: &out) : nil
        default: self.appendEmphasis(at: start, to: &out)
        }
    }

    private mutating func appendCode(at start: Int, to out: inout [UInt8]) -> Int? {
        let fence = Array(self.text[start...].prefix { $0 == UInt8(ascii: "`") })
        guard fence.count <= Self.fenceBytesMax, let close = self.index(of: fence, from: start + fence.count) else {
            return nil
        }
        out.append(contentsOf: "<code>".utf8)
        Self.escape(self.text[(start + fence.count)..<close], to: &out)
        out.append(contentsOf: "</code>".utf8)
        return close + fence.count
    }

    private mutating func appendEmphasis(at start: Int, to out: inout [UInt8]) -> Int? {
        let isStrong = start + 1 < self.text.endIndex && self.text[start + 1] == self.text[start]
        let mark = [UInt8](repeating: self.text[start], count: isStrong ? 2 : 1)
        let inner = start + mark.count
        guard inner < self.text.endIndex, !NotebookMagic.isWhiteSpace(self.text[inner]),
            let close = self.index(of: mark, from: inner), close > inner
        else { return nil }
        out.append(contentsOf: isStrong ? "<strong>".utf8 : "<em>".utf8)
        Self.append(self.text[inner..<close], nesting: self.nesting + 1, to: &out)
        out.append(contentsOf: isStrong ? "</strong>".utf8 : "</em>".utf8)
        return close + mark.count
    }

    /// A link, also in the place of a picture, which would have to be fetched from elsewhere.
    private mutating func appendLink(at start: Int, to out: inout [UInt8]) -> Int? {
        guard let middle = self.index(of: Array("](".utf8), from: start + 1),
            let close = self.index(of: [UInt8(ascii: ")")], from: middle + 2)
        else { return nil }
        let address = self.text[(middle + 2)..<close].prefix { !NotebookMagic.isWhiteSpace($0) }
        let beginning = String(decoding: address.prefix(8), as: UTF8.self).lowercased()
        let isWebAddress = ["https://", "http://", "mailto:", "#"].contains { beginning.hasPrefix($0) }
        if isWebAddress {
            out.append(contentsOf: "<a rel=\"noopener noreferrer nofollow\" href=\"".utf8)
            Self.escape(address, to: &out)
            out.append(contentsOf: "\">".utf8)
        }
        Self.append(self.text[(start + 1)..<middle], nesting: self.nesting + 1, to: &out)
        if isWebAddress { out.append(contentsOf: "</a>".utf8) }
        return close + 1
    }

    /// Where `mark` stands next. One that was not found before is not found further on either.
    private mutating func index(of mark: [UInt8], from start: Int) -> Int? {
        guard !self.missing.contains(mark) else { return nil }
        var index = start
        while index + mark.count <= self.text.endIndex {
            if self.text[index..<index + mark.count].elementsEqual(mark) { return index }
            index += 1
        }
        self.missing.insert(mark)
        return nil
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "!"): true
        default: false
        }
    }

    private static func escape(_ text: ArraySlice<UInt8>, to out: inout [UInt8]) {
        HTMLText.append(String(decoding: text, as: UTF8.self), to: &out)
    }
}
