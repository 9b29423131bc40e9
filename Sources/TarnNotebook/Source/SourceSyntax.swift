/// The marks of the SOURCE form in one language.
struct SourceSyntax {
    let language: NotebookLanguage
    /// The first line.
    let header: [UInt8]
    /// The line between two cells.
    let separatorLine: [UInt8]
    /// What the workspace writes between two cells: the line and an empty one on either side.
    let separator: [UInt8]
    /// What begins every line of a magic.
    let magic: [UInt8]
    /// What begins the line of a title.
    let title: [UInt8]

    init(_ language: NotebookLanguage) {
        let comment = Array(language.commentPrefix.utf8)
        self.language = language
        self.header = comment + SourceHeader.text
        self.separatorLine = comment + Array(" COMMAND ----------".utf8)
        self.separator = [0x0a, 0x0a] + self.separatorLine + [0x0a, 0x0a]
        self.magic = comment + Array(" MAGIC".utf8)
        self.title = comment + Array(" DBTITLE ".utf8)
    }

    /// Whether the line at `start` parts two cells. White space at its end does not count.
    func isSeparator(_ bytes: ArraySlice<UInt8>, at start: Int) -> Bool {
        guard self.has(self.separatorLine, in: bytes, at: start) else { return false }
        var index = start + self.separatorLine.count
        while index < bytes.endIndex, bytes[index] != 0x0a {
            guard NotebookMagic.isWhiteSpace(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    /// Whether the line at `start` belongs to a magic.
    func isMagic(_ bytes: ArraySlice<UInt8>, at start: Int) -> Bool {
        guard self.has(self.magic, in: bytes, at: start) else { return false }
        let end = start + self.magic.count
        return end == bytes.endIndex || [0x20, 0x0a, 0x0d].contains(bytes[end])
    }

    /// Whether the line at `start` is a title: it has a flag, a comma and the text.
    func isTitle(_ bytes: ArraySlice<UInt8>, at start: Int) -> Bool {
        guard self.has(self.title, in: bytes, at: start) else { return false }
        let flag = start + self.title.count
        return flag + 1 < bytes.endIndex && (0x30...0x31).contains(bytes[flag]) && bytes[flag + 1] == 0x2c
    }

    /// Whether the first line with visible text belongs to a magic.
    func beginsWithMagic(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let visible = bytes.firstIndex(where: { !NotebookMagic.isWhiteSpace($0) }) else { return false }
        let lineStart = bytes[..<visible].lastIndex(of: 0x0a).map { $0 + 1 } ?? bytes.startIndex
        return self.isMagic(bytes, at: lineStart)
    }

    private func has(_ mark: [UInt8], in bytes: ArraySlice<UInt8>, at start: Int) -> Bool {
        guard bytes.endIndex - start >= mark.count else { return false }
        for index in 0..<mark.count where bytes[start + index] != mark[index] { return false }
        return true
    }
}
