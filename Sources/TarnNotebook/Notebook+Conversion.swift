internal import TarnCore

extension Notebook {
    /// Reads a notebook of any format.
    ///
    /// - Parameters:
    ///   - format: nil when the bytes and the path shall say it.
    ///   - language: what the SOURCE form is in; without it the extension of `path` says it, or else the header.
    ///   - path: where the notebook stands or stood; its last component becomes the notebook's name.
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
        switch format ?? NotebookFormat.recognize(bytes, name: path) ?? .source {
        case .source:
            let language = try self.sourceLanguage(bytes, hint: language, path: path)
            return try SourceReader.read(bytes, language: language, name: name)
        case .jupyter: return try JupyterReader.read(bytes, language: language, name: name)
        case .html, .dbc, .rMarkdown: throw NotebookError(.unsupported, "Notebooks of this format are not read.")
        }
    }

    /// The notebook's bytes in `format`. Throws ``NotebookError`` where the format cannot hold it.
    package func write(_ format: NotebookFormat) throws(NotebookError) -> [UInt8] {
        switch format {
        case .source: SourceWriter.write(self)
        case .jupyter: JupyterWriter.write(self)
        case .html, .dbc, .rMarkdown: throw NotebookError(.unsupported, "Notebooks are not written in this format.")
        }
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
