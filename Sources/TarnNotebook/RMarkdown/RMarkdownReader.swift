internal import TarnCore

/// Reads R Markdown: chunks become cells of code, and the text between them cells of Markdown.
enum RMarkdownReader {
    /// The notebook that `bytes` hold, in R unless `language` says another. Throws for text that is not UTF-8, for a
    /// chunk without end and for too many cells.
    static func read(_ bytes: [UInt8], language: NotebookLanguage?, name: String) throws(NotebookError) -> Notebook {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NotebookError(.notUTF8, "The R Markdown text is not UTF-8.")
        }
        var notebook = Notebook(name: name, language: language ?? .r, cells: [])
        var lines = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { Substring($0) }[...]
        var paragraph: [Substring] = []
        func endText() {
            let trimmed = self.withoutBlankEnds(paragraph[...])
            if !trimmed.isEmpty {
                notebook.cells.append(NotebookCell(command: "%md\n" + trimmed.joined(separator: "\n")))
            }
            paragraph = []
        }
        while let line = lines.popFirst() {
            if line == RMarkdownWriter.textSeparator {
                endText()
            } else if let header = ChunkHeader(line) {
                endText()
                var body: [Substring] = []
                var isClosed = false
                while !isClosed, let next = lines.popFirst() {
                    isClosed = self.fenceLength(next) == header.fenceLength && next.allSatisfy { "` \r".contains($0) }
                    if !isClosed { body.append(next) }
                }
                guard isClosed else { throw NotebookError(.malformed, "A chunk of the R Markdown text does not end.") }
                notebook.cells.append(header.cell(body.joined(separator: "\n"), language: notebook.language))
            } else {
                paragraph.append(line)
            }
            guard notebook.cells.count <= Limits.notebookCellsMax else {
                throw NotebookError(.tooLarge, "The notebook has more than \(Limits.notebookCellsMax) cells.")
            }
        }
        endText()
        return notebook
    }

    /// How many backquotes begin the line, when they are three or more.
    static func fenceLength(_ line: Substring) -> Int? {
        let count = line.drop { $0 == " " }.prefix { $0 == "`" }.count
        return count >= 3 ? count : nil
    }

    static func isBlank(_ line: Substring) -> Bool {
        line.utf8.allSatisfy { NotebookMagic.isWhiteSpace($0) }
    }

    private static func withoutBlankEnds(_ lines: ArraySlice<Substring>) -> ArraySlice<Substring> {
        let start = lines.drop { self.isBlank($0) }
        guard let last = start.lastIndex(where: { !self.isBlank($0) }) else { return start }
        return start[...last]
    }
}
