/// What somebody typed into a search box, as an FTS5 expression: every word must occur, in any order.
///
/// A word is searched as a phrase, so `customer_id` finds just that; a trailing `*` searches for words that begin so.
/// Everything else that FTS5's own syntax gives a meaning is taken as text.
struct SearchWords {
    /// Words without quotes and stars, for finding them in lines again.
    let words: [String]
    let expression: String

    private enum Limits {
        static let bytesMax = 1_024
        static let wordsMax = 32
    }

    /// Throws ``CatalogError`` with code `rejected` when there is no word, or too much.
    init(_ text: String) throws(CatalogError) {
        guard text.utf8.count <= Limits.bytesMax, !text.utf8.contains(0) else {
            throw CatalogError(.rejected, "a search may have at most \(Limits.bytesMax) bytes and no NUL")
        }
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count <= Limits.wordsMax else {
            throw CatalogError(.rejected, "a search may have at most \(Limits.wordsMax) words")
        }
        var words: [String] = []
        var phrases: [String] = []
        for part in parts {
            let isPrefix = part.hasSuffix("*")
            let word = part.filter { $0 != "\"" && $0 != "*" }
            // A word without letters and digits has no token, and would match nothing.
            guard word.contains(where: { $0.isLetter || $0.isNumber }) else { continue }
            words.append(word)
            phrases.append("\"\(word)\"\(isPrefix ? "*" : "")")
        }
        guard !words.isEmpty else { throw CatalogError(.rejected, "a search needs a word with letters or digits") }
        self.words = words
        self.expression = phrases.joined(separator: " AND ")
    }

    /// The first line of `text` that holds one of the words, shortened; nil when none does.
    func snippet(of text: [UInt8]) -> String? {
        let needles = self.words.map { Self.folded(Array($0.utf8)) }
        for line in text.split(separator: 0x0a) {
            let folded = Self.folded(Array(line.prefix(4_096)))
            guard let start = needles.compactMap({ Self.index(of: $0, in: folded) }).min() else { continue }
            let shown = line.dropFirst(max(0, start - 80)).prefix(200)
            let trimmed = String(decoding: shown, as: UTF8.self)
                .drop { $0.isWhitespace || $0 == "\u{fffd}" }
            return trimmed.last == "\u{fffd}" ? String(trimmed.dropLast()) : String(trimmed)
        }
        return nil
    }

    /// Lower case of ASCII letters; other bytes as they are.
    private static func folded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func index(of needle: [UInt8], in line: [UInt8]) -> Int? {
        guard let first = needle.first, line.count >= needle.count else { return nil }
        for start in 0...(line.count - needle.count) where line[start] == first {
            if line[start..<start + needle.count].elementsEqual(needle) { return start }
        }
        return nil
    }
}
