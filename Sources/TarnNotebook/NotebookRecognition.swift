internal import TarnCore

/// Decides from a file's name and bytes whether it is a notebook.
///
/// A SOURCE notebook begins with the line `<comment> Databricks notebook source`; where the name's extension names a
/// language, the comment must be that language's. A JUPYTER notebook is named `.ipynb` and holds a JSON object with
/// `cells`. Everything else is a plain file. Names are never changed and bytes never rewritten: what is recognised here
/// becomes attributes only.
package enum NotebookRecognition {
    package struct Notebook: Hashable, Sendable {
        package let language: NotebookLanguage
        package let format: NotebookFormat

        package init(language: NotebookLanguage, format: NotebookFormat) {
            self.language = language
            self.format = format
        }
    }

    /// `kind`, `language` and `format` of a notebook; empty for a plain file. Meant for files under `/workspace` only.
    package static func attributes(name: String, content: [UInt8]) -> [String: String] {
        guard let notebook = self.notebook(name: name, content: content) else { return [:] }
        return [
            Attributes.Key.kind: "notebook",
            Attributes.Key.language: notebook.language.rawValue,
            Attributes.Key.format: notebook.format.rawValue,
        ]
    }

    /// What notebook the file is, or nil for a plain file. Reads one line, or all of a file named `.ipynb`.
    package static func notebook(name: String, content: [UInt8]) -> Notebook? {
        let fileExtension = FileName.fileExtension(of: name)
        if fileExtension.lowercased() == "ipynb" {
            return self.jupyterLanguage(content).map { Notebook(language: $0, format: .jupyter) }
        }
        guard let comment = SourceHeader.comment(in: content) else { return nil }
        if let language = NotebookLanguage(fileExtension: fileExtension) {
            return language.commentPrefix == comment ? Notebook(language: language, format: .source) : nil
        }
        return NotebookLanguage.allCases.first { $0.commentPrefix == comment }
            .map { Notebook(language: $0, format: .source) }
    }

    /// The language of a Jupyter document, Python when it names none; nil when the bytes are no notebook.
    private static func jupyterLanguage(_ content: [UInt8]) -> NotebookLanguage? {
        var reader = JSONReader(content)
        var hasCells = false
        var metadata = JupyterMetadata()
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch (key, try reader.peek()) {
                case ("cells", .array):
                    hasCells = true
                    try reader.skipValue()
                case ("metadata", .object): metadata = try JupyterMetadata(from: &reader)
                default: try reader.skipValue()
                }
            }
            try reader.expectEnd()
        } catch {
            return nil
        }
        return hasCells ? metadata.language ?? .python : nil
    }
}
