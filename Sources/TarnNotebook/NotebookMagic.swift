/// The command that a cell begins with, such as `%sql`: it says what the rest of the cell is.
struct NotebookMagic: Hashable {
    /// The word behind the percent sign, such as `md-sandbox`.
    let word: String
    /// Everything before the body: white space, percent sign, word, and what parts them from the body.
    let prefix: String

    /// The magic of `command`, or nil when its first visible character is no percent sign before a word.
    init?(of command: String) {
        let text = command.utf8
        guard let percent = text.firstIndex(where: { !Self.isWhiteSpace($0) }), text[percent] == 0x25 else {
            return nil
        }
        let wordStart = text.index(after: percent)
        var end = wordStart
        if text[wordStart...].starts(with: "md-sandbox".utf8) {
            end = text.index(wordStart, offsetBy: 10)
        } else {
            while end < text.endIndex, Self.isWordCharacter(text[end]) { end = text.index(after: end) }
        }
        guard end > wordStart else { return nil }
        self.word = String(command[wordStart..<end])
        while end < text.endIndex, text[end] == 0x20 || text[end] == 0x09 { end = text.index(after: end) }
        if text[end...].starts(with: [0x0d, 0x0a]) {
            end = text.index(end, offsetBy: 2)
        } else if end < text.endIndex, text[end] == 0x0a {
            end = text.index(after: end)
        }
        self.prefix = String(command[..<end])
    }

    /// The language that the word switches to, or nil for a word that names none.
    var language: NotebookLanguage? {
        switch self.word {
        case "python": .python
        case "sql": .sql
        case "scala": .scala
        case "r": .r
        default: nil
        }
    }

    var isMarkdown: Bool { self.word == "md" || self.word == "md-sandbox" }

    /// Whether a line that begins with the byte can only stand in comments of a source file: magics everywhere, shell
    /// escapes in Python.
    static func needsComment(_ first: UInt8, in language: NotebookLanguage) -> Bool {
        first == 0x25 || first == 0x21 && language == .python
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0d).contains(byte)
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
        default: false
        }
    }
}
