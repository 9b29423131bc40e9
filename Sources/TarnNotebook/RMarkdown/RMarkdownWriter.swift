/// Writes a notebook as R Markdown: text as it is, code in chunks between fences.
///
/// The chunk's engine is the cell's language, or the word of its magic, and its title becomes the option `title`. A
/// cell keeps its text; the white space behind a magic becomes the usual one.
enum RMarkdownWriter {
    /// Parts two cells of text, which would be one otherwise. Markdown shows nothing for it.
    static let textSeparator = "<!-- COMMAND ---------- -->"

    static func write(_ notebook: Notebook) -> [UInt8] {
        var blocks: [String] = []
        var isBehindText = false
        for cell in notebook.cells {
            let isText = self.isText(cell)
            if isText, isBehindText { blocks.append(self.textSeparator) }
            blocks.append(isText ? cell.body : self.chunk(cell, language: notebook.language))
            isBehindText = isText
        }
        return Array(blocks.joined(separator: "\n\n").utf8) + (blocks.isEmpty ? [] : [0x0a])
    }

    /// Whether the cell can stand as text between chunks: its lines would not be read as anything else, and no title
    /// and no blank line at an end would be lost.
    private static func isText(_ cell: NotebookCell) -> Bool {
        guard cell.kind == .markdown, cell.title.isEmpty, !cell.showsTitle,
            NotebookMagic(of: cell.command)?.word == "md"
        else { return false }
        let lines = LineDifference.lines(of: cell.body)
        guard let first = lines.first, let last = lines.last, !RMarkdownReader.isBlank(first[...]),
            !RMarkdownReader.isBlank(last[...])
        else { return false }
        return lines.allSatisfy { $0 != self.textSeparator && RMarkdownReader.fenceLength($0[...]) == nil }
    }

    private static func chunk(_ cell: NotebookCell, language: NotebookLanguage) -> String {
        let magic = NotebookMagic(of: cell.command)
        let body = cell.body
        var longest = 0
        for line in LineDifference.lines(of: body) {
            longest = max(longest, RMarkdownReader.fenceLength(line[...]) ?? 0)
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        var options = magic?.word ?? language.modelName
        if !cell.title.isEmpty || cell.showsTitle {
            let title = cell.title.map { $0.isNewline ? " " : String($0) }.joined()
            options += ", title=\"\(title)\""
            if !cell.showsTitle { options += ", show_title=FALSE" }
        }
        return body.isEmpty ? "\(fence){\(options)}\n\(fence)" : "\(fence){\(options)}\n\(body)\n\(fence)"
    }
}
