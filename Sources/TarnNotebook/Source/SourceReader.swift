internal import TarnCore

/// Takes a notebook's SOURCE form apart.
///
/// Every byte has its place: in a cell's text, in its title, or in what is kept of the layout. So writing the notebook
/// again gives the same bytes, whatever they were.
struct SourceReader {
    private let bytes: [UInt8]
    private let syntax: SourceSyntax

    /// Reads `bytes`, whose header may be missing. Throws for text that is not UTF-8 and for too many cells.
    static func read(
        _ bytes: [UInt8],
        language: NotebookLanguage,
        name: String
    ) throws(NotebookError) -> Notebook {
        let reader = SourceReader(bytes: bytes, syntax: SourceSyntax(language))
        return try reader.notebook(name: name)
    }

    /// The cell whose lines are `body`.
    static func cell(body: ArraySlice<UInt8>, syntax: SourceSyntax) throws(NotebookError) -> NotebookCell {
        var start = body.startIndex
        var cell = NotebookCell(command: "")
        if syntax.isTitle(body, at: start) {
            let flag = start + syntax.title.count
            let lineEnd = body[start...].firstIndex(of: 0x0a) ?? body.endIndex
            cell.title = try self.text(self.droppingCarriageReturn(body[(flag + 2)..<lineEnd]))
            cell.showsTitle = body[flag] == 0x31
            start = min(lineEnd + 1, body.endIndex)
        }
        let text = body[start...]
        if syntax.beginsWithMagic(text) {
            cell.command = try self.text(self.withoutMarks(text, syntax: syntax)[...])
        } else {
            cell.command = try self.text(text)
            let first = text.first { !NotebookMagic.isWhiteSpace($0) }
            let isUsual = first.map { !NotebookMagic.needsComment($0, in: syntax.language) } ?? true
            if isUsual, start == body.startIndex { return cell }
        }
        cell.layout = try self.layout(of: cell, body: body, syntax: syntax)
        return cell
    }

    private func notebook(name: String) throws(NotebookError) -> Notebook {
        var notebook = Notebook(name: name, language: self.syntax.language, cells: [])
        var cellStart = 0
        if self.bytes.starts(with: self.syntax.header), SourceHeader.comment(in: self.bytes) != nil {
            guard self.bytes.count > self.syntax.header.count else { return notebook }
            let lineEnd = self.lineEnd(from: self.syntax.header.count)
            if lineEnd != self.syntax.header.count + 1 {
                notebook.sourceHeader = try Self.text(self.bytes[..<lineEnd])
            }
            cellStart = lineEnd
        }
        var separator: Range<Int>?
        var lineStart = cellStart
        while lineStart < self.bytes.count {
            let lineEnd = self.lineEnd(from: lineStart)
            defer { lineStart = max(lineStart, lineEnd) }
            guard self.syntax.isSeparator(self.bytes[...], at: lineStart) else { continue }
            let end = self.endOfCell(before: lineStart, from: cellStart)
            notebook.cells.append(try self.cell(cellStart..<end, separator: separator))
            guard notebook.cells.count < Limits.notebookCellsMax else {
                throw NotebookError(.tooLarge, "The notebook has more than \(Limits.notebookCellsMax) cells.")
            }
            let next = lineEnd + self.breakLength(at: lineEnd)
            separator = end..<next
            cellStart = next
            lineStart = next
        }
        let ending = self.endingLength(from: cellStart)
        notebook.cells.append(try self.cell(cellStart..<(self.bytes.count - ending), separator: separator))
        notebook.sourceEnding = try Self.text(self.bytes.suffix(ending))
        return notebook
    }

    private func cell(_ range: Range<Int>, separator: Range<Int>?) throws(NotebookError) -> NotebookCell {
        var cell = try Self.cell(body: self.bytes[range], syntax: self.syntax)
        if let separator, !self.bytes[separator].elementsEqual(self.syntax.separator) {
            cell.layout.separator = try Self.text(self.bytes[separator])
        }
        return cell
    }

    /// The index behind the line feed that ends the line of `index`, or the end of the text.
    private func lineEnd(from index: Int) -> Int {
        var end = index
        while end < self.bytes.count {
            if self.bytes[end] == 0x0a { return end + 1 }
            end += 1
        }
        return end
    }

    /// Where the cell ends before the separator at `separator`: the two line breaks before it belong to the separator,
    /// both of them LF or both CR LF.
    private func endOfCell(before separator: Int, from cellStart: Int) -> Int {
        func isByte(_ byte: UInt8, at index: Int) -> Bool { index >= cellStart && self.bytes[index] == byte }
        guard isByte(0x0a, at: separator - 1) else { return separator }
        if isByte(0x0d, at: separator - 2) {
            let isPair = isByte(0x0a, at: separator - 3) && isByte(0x0d, at: separator - 4)
            return separator - (isPair ? 4 : 2)
        }
        return separator - (isByte(0x0a, at: separator - 2) ? 2 : 1)
    }

    /// The bytes of the line break at `index`, 0 when there is none.
    private func breakLength(at index: Int) -> Int {
        if index < self.bytes.count, self.bytes[index] == 0x0a { return 1 }
        return self.bytes[index...].starts(with: [0x0d, 0x0a]) ? 2 : 0
    }

    /// The bytes of the line break that ends the last cell, which begins at `cellStart`.
    private func endingLength(from cellStart: Int) -> Int {
        guard self.bytes.count > cellStart, self.bytes.last == 0x0a else { return 0 }
        return self.bytes.count > cellStart + 1 && self.bytes[self.bytes.count - 2] == 0x0d ? 2 : 1
    }

    /// What has to be kept so that `cell` is written as `body` again.
    private static func layout(
        of cell: NotebookCell,
        body: ArraySlice<UInt8>,
        syntax: SourceSyntax
    ) throws(NotebookError) -> SourceLayout {
        var layout = SourceLayout()
        var written: [UInt8] = []
        SourceWriter.append(cell, syntax: syntax, to: &written)
        if written[...] == body { return layout }
        layout.hasSpacedBlankLines = true
        written.removeAll(keepingCapacity: true)
        SourceWriter.append(cell, syntax: syntax, hasSpacedBlankLines: true, to: &written)
        if written[...] == body { return layout }
        layout.hasSpacedBlankLines = false
        layout.body = try self.text(body)
        return layout
    }

    /// The lines of `text` without the marks of a magic. Lines that have none stay as they are.
    private static func withoutMarks(_ text: ArraySlice<UInt8>, syntax: SourceSyntax) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var start = text.startIndex
        while start < text.endIndex {
            let end = text[start...].firstIndex(of: 0x0a).map { $0 + 1 } ?? text.endIndex
            if syntax.isMagic(text, at: start) {
                let behindMark = start + syntax.magic.count
                let hasSpace = behindMark < end && text[behindMark] == 0x20
                out.append(contentsOf: text[(behindMark + (hasSpace ? 1 : 0))..<end])
            } else {
                out.append(contentsOf: text[start..<end])
            }
            start = end
        }
        return out
    }

    private static func droppingCarriageReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0d ? line.dropLast() : line
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(NotebookError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NotebookError(.notUTF8, "The notebook's source is not UTF-8.")
        }
        return text
    }
}
