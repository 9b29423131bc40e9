internal import TarnCore

/// Reads an `.ipynb` document of format 4.
enum JupyterReader {
    /// The notebook that `bytes` hold, in the language that its metadata name, or else in `language`, or else in
    /// Python.
    static func read(_ bytes: [UInt8], language: NotebookLanguage?) throws(NotebookError) -> Notebook {
        do {
            var reader = JSONReader(bytes)
            let notebook = try self.readDocument(from: &reader, language: language)
            try reader.expectEnd()
            return notebook
        } catch let error as JSONError {
            throw NotebookError(error, in: "The Jupyter document")
        } catch let error as NotebookError {
            throw error
        } catch {
            throw NotebookError(.malformed, "\(error)")
        }
    }

    private static func readDocument(from reader: inout JSONReader, language: NotebookLanguage?) throws -> Notebook {
        var notebook = Notebook(name: "", language: language ?? .python, cells: [])
        var cells: [RawCell]?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == JupyterKey.cells, try reader.peek() == .array {
                cells = try self.readCells(from: &reader)
            } else {
                notebook.jupyterFields[key] = try JSONFragment(from: &reader)
            }
        }
        guard let cells else { throw NotebookError(.malformed, "The Jupyter document has no array of cells.") }
        if let version = notebook.jupyterFields[JupyterKey.nbformat]?.int64, version < 4 {
            throw NotebookError(.unsupported, "The Jupyter document has format \(version); 4 and later are read.")
        }
        if let metadata = notebook.jupyterFields[JupyterKey.metadata], let object = metadata.object {
            var metadataReader = JSONReader(metadata.bytes)
            notebook.language = try JupyterMetadata(from: &metadataReader).language ?? notebook.language
            notebook.name = object[JupyterKey.workspaceNotebook]?.object?["notebookName"]?.string ?? ""
            if let layout = object[JupyterKey.layout]?.object { notebook.takeSourceLayout(layout) }
        }
        let syntax = SourceSyntax(notebook.language)
        notebook.cells = cells.map { self.cell($0, syntax: syntax) }
        return notebook
    }

    private static func readCells(from reader: inout JSONReader) throws -> [RawCell] {
        var cells: [RawCell] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard cells.count < Limits.notebookCellsMax else {
                throw NotebookError(.tooLarge, "The notebook has more than \(Limits.notebookCellsMax) cells.")
            }
            guard try reader.peek() == .object else {
                throw NotebookError(.malformed, "Cell \(cells.count + 1) of the Jupyter document is no object.")
            }
            cells.append(try self.readCell(from: &reader))
        }
        return cells
    }

    /// A cell before the language of its notebook is known.
    private struct RawCell {
        var source = ""
        /// All but the source.
        var fields = JSONObject()
    }

    private static func readCell(from reader: inout JSONReader) throws -> RawCell {
        var cell = RawCell()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == JupyterKey.source {
                cell.source = try self.readSource(from: &reader)
            } else {
                guard cell.fields.members.count < Limits.notebookCellsMax else {
                    throw NotebookError(.tooLarge, "A cell has more than \(Limits.notebookCellsMax) members.")
                }
                cell.fields.append(key, try JSONFragment(from: &reader))
            }
        }
        return cell
    }

    /// The text of a cell, which is one string or an array of lines.
    private static func readSource(from reader: inout JSONReader) throws -> String {
        switch try reader.peek() {
        case .string: return try reader.readString()
        case .array:
            var text: [UInt8] = []
            try reader.beginArray()
            while try reader.nextElement() {
                guard try reader.peek() == .string else {
                    throw NotebookError(.malformed, "A line in the source of a cell is no text.")
                }
                try reader.readString(into: &text)
            }
            guard let source = String(validating: text, as: UTF8.self) else {
                throw NotebookError(.notUTF8, "The source of a cell is not UTF-8.")
            }
            return source
        default:
            throw NotebookError(.malformed, "The source of a cell is neither a text nor a list of lines.")
        }
    }

    private static func cell(_ raw: RawCell, syntax: SourceSyntax) -> NotebookCell {
        let metadata = raw.fields[JupyterKey.metadata]?.object
        let layoutObject = metadata?[JupyterKey.layout]?.object
        var cell = NotebookCell(
            command: self.command(
                raw.source,
                type: raw.fields[JupyterKey.cellType]?.string ?? "code",
                magic: layoutObject?["magic"]?.string
            )
        )
        if let workspace = metadata?[JupyterKey.workspaceCell]?.object {
            cell.title = workspace["title"]?.string ?? ""
            cell.showsTitle = workspace["showTitle"]?.boolean ?? false
        }
        cell.jupyterFields = raw.fields
        if let layoutObject { cell.takeLayout(SourceLayout(layoutObject), syntax: syntax) }
        return cell
    }

    /// The text with the magic that says what kind of cell it is. `magic` is the one that stood before it in another
    /// format; a text that would be read differently behind it gets the usual one.
    private static func command(_ source: String, type: String, magic: String?) -> String {
        let usual: String
        switch type {
        case "code": return source
        case "markdown": usual = JupyterWriter.usualMarkdownMagic
        default: usual = JupyterWriter.usualRawMagic
        }
        if let magic, let found = NotebookMagic(of: magic + source), found.prefix == magic,
            found.isMarkdown == (type == "markdown")
        {
            return magic + source
        }
        return usual + source
    }
}

extension NotebookCell {
    /// Keeps `layout` as far as it still says the same as the cell.
    mutating func takeLayout(_ layout: SourceLayout, syntax: SourceSyntax) {
        self.layout = layout
        guard let body = layout.body else { return }
        let read = try? SourceReader.cell(body: Array(body.utf8)[...], syntax: syntax)
        if read?.hasSameText(as: self) != true { self.layout.body = nil }
    }
}
