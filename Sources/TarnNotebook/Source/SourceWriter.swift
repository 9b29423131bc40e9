/// Writes a notebook's SOURCE form.
enum SourceWriter {
    /// The notebook as it was laid out where it was read, or as the workspace lays it out where what is known of the
    /// old layout no longer fits the cells.
    static func write(_ notebook: Notebook) -> [UInt8] {
        let bytes = self.render(notebook, keepsLayout: true)
        if self.isUsual(notebook) { return bytes }
        let again = try? SourceReader.read(bytes, language: notebook.language, name: notebook.name)
        return again?.hasSameText(as: notebook) == true ? bytes : self.render(notebook, keepsLayout: false)
    }

    /// Appends the lines of `cell` as the workspace writes them.
    static func append(
        _ cell: NotebookCell,
        syntax: SourceSyntax,
        hasSpacedBlankLines: Bool = false,
        to out: inout [UInt8]
    ) {
        let hasTitle = !cell.title.isEmpty || cell.showsTitle
        if hasTitle {
            out.append(contentsOf: syntax.title)
            out.append(contentsOf: cell.showsTitle ? "1,".utf8 : "0,".utf8)
            out.append(contentsOf: cell.title.utf8.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 })
            out.append(0x0a)
        }
        let start = out.count
        out.append(contentsOf: cell.command.utf8)
        let text = out[start...]
        guard self.needsMarks(text, hasTitle: hasTitle, syntax: syntax) else { return }
        let command = Array(text)
        out.removeSubrange(start...)
        self.appendMarked(command, mark: syntax.magic, hasSpacedBlankLines: hasSpacedBlankLines, to: &out)
    }

    /// Whether nothing of the layout can be read in another way than it was written. A line feed at the end cannot,
    /// unless it meets a carriage return.
    private static func isUsual(_ notebook: Notebook) -> Bool {
        guard notebook.sourceHeader == nil, notebook.cells.allSatisfy(\.layout.isUsual) else { return false }
        if notebook.sourceEnding.isEmpty { return true }
        guard let last = notebook.cells.last, notebook.sourceEnding == "\n" else { return false }
        return last.command.utf8.last != 0x0d
    }

    private static func render(_ notebook: Notebook, keepsLayout: Bool) -> [UInt8] {
        let syntax = SourceSyntax(notebook.language)
        var out: [UInt8] = []
        out.reserveCapacity(notebook.cells.reduce(64) { $0 + $1.command.utf8.count * 9 / 8 + 64 })
        if keepsLayout, let header = notebook.sourceHeader {
            out.append(contentsOf: header.utf8)
        } else {
            out.append(contentsOf: syntax.header)
            if !notebook.cells.isEmpty { out.append(0x0a) }
        }
        let headerEnd = out.count
        var lastStart = headerEnd
        for (index, cell) in notebook.cells.enumerated() {
            let layout = keepsLayout ? cell.layout : SourceLayout()
            if index > 0 {
                if let separator = layout.separator {
                    out.append(contentsOf: separator.utf8)
                } else {
                    out.append(contentsOf: syntax.separator)
                }
            }
            lastStart = out.count
            if let body = layout.body {
                out.append(contentsOf: body.utf8)
            } else {
                self.append(cell, syntax: syntax, hasSpacedBlankLines: layout.hasSpacedBlankLines, to: &out)
            }
        }
        if keepsLayout, !notebook.sourceEnding.isEmpty {
            out.append(contentsOf: notebook.sourceEnding.utf8)
        } else if out.count > lastStart, out.last == 0x0a {
            // The reader takes one line break at the end as the file's, not the cell's.
            out.append(0x0a)
        }
        return out
    }

    /// Whether the lines of `command` must stand in comments: a magic does, and so does code that a reader would take
    /// for marks of this form.
    private static func needsMarks(_ command: ArraySlice<UInt8>, hasTitle: Bool, syntax: SourceSyntax) -> Bool {
        guard let first = command.first(where: { !NotebookMagic.isWhiteSpace($0) }) else { return false }
        if NotebookMagic.needsComment(first, in: syntax.language) || syntax.beginsWithMagic(command) { return true }
        if !hasTitle, syntax.isTitle(command, at: command.startIndex) { return true }
        let mark = syntax.separatorLine[0]
        var isLineStart = true
        for index in command.indices {
            if isLineStart, command[index] == mark, syntax.isSeparator(command, at: index) { return true }
            isLineStart = command[index] == 0x0a
        }
        return false
    }

    private static func appendMarked(
        _ command: [UInt8],
        mark: [UInt8],
        hasSpacedBlankLines: Bool,
        to out: inout [UInt8]
    ) {
        var start = 0
        while true {
            let end = command[start...].firstIndex(of: 0x0a) ?? command.count
            out.append(contentsOf: mark)
            if end > start || hasSpacedBlankLines { out.append(0x20) }
            out.append(contentsOf: command[start..<end])
            guard end < command.count else { return }
            out.append(0x0a)
            start = end + 1
        }
    }
}
