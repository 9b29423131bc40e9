internal import TarnCore

extension Notebook {
    /// Reads a notebook of any format.
    ///
    /// - Parameters:
    ///   - format: nil when the bytes and the path shall say it.
    ///   - language: what the SOURCE form is in; without it the extension of `path` says it, or else the header. Of
    /// other
    ///     formats only what names no language itself.
    ///   - path: where the notebook stands; its last component becomes the notebook's name. Without it the name is what
    ///     the document says.
    ///
    /// Throws ``NotebookError`` for bytes that do not have the format, for a language that nothing says, and above the
    /// limits.
    package static func read(
        _ bytes: [UInt8],
        format: NotebookFormat? = nil,
        language: NotebookLanguage? = nil,
        path: String = ""
    ) throws(NotebookError) -> Notebook {
        guard bytes.count <= Limits.notebookBytesMax else {
            throw NotebookError(
                .tooLarge,
                "The notebook has \(bytes.count) bytes; the limit is \(Limits.notebookBytesMax)."
            )
        }
        let name = FileName.notebookName(of: path)
        var notebook: Notebook
        switch format ?? NotebookFormat.recognize(bytes, name: path) ?? .source {
        case .source:
            let language = try self.sourceLanguage(bytes, hint: language, path: path)
            return try SourceReader.read(bytes, language: language, name: name)
        case .jupyter: notebook = try JupyterReader.read(bytes, language: language)
        case .html: notebook = try PageReader.read(bytes, language: language)
        case .dbc: notebook = try self.onlyNotebook(of: try NotebookArchive.read(bytes))
        case .rMarkdown: return try RMarkdownReader.read(bytes, language: language, name: name)
        }
        if !name.isEmpty { notebook.name = name }
        return notebook
    }

    /// The notebook's bytes in `format`. Throws ``NotebookError`` where the format cannot hold it.
    package func write(_ format: NotebookFormat) throws(NotebookError) -> [UInt8] {
        switch format {
        case .source: SourceWriter.write(self)
        case .jupyter: JupyterWriter.write(self)
        case .html: PageWriter.write(self)
        case .dbc: try NotebookArchive.write([NotebookArchive.Item(path: self.fileName, notebook: self)])
        case .rMarkdown: RMarkdownWriter.write(self)
        }
    }

    /// The name as one component of a path.
    private var fileName: String {
        let name = self.name.map { $0 == "/" || $0 == "\0" ? "_" : String($0) }.joined()
        return name.isEmpty ? "Notebook" : name
    }

    private static func onlyNotebook(of items: [NotebookArchive.Item]) throws(NotebookError) -> Notebook {
        guard let item = items.first, items.count == 1 else {
            throw NotebookError(.unsupported, "The archive holds \(items.count) notebooks; one is wanted here.")
        }
        return item.notebook
    }

    /// A hint counts first, then the extension, then the comment of the header, where `#` means Python.
    private static func sourceLanguage(
        _ bytes: [UInt8],
        hint: NotebookLanguage?,
        path: String
    ) throws(NotebookError) -> NotebookLanguage {
        if let hint { return hint }
        if let language = NotebookLanguage(fileExtension: FileName.fileExtension(of: path)) { return language }
        if let comment = SourceHeader.comment(in: bytes),
            let language = NotebookLanguage.allCases.first(where: { $0.commentPrefix == comment })
        {
            return language
        }
        throw NotebookError(.languageMissing, "Nothing says in which language the notebook's source is.")
    }
}
