package import TarnCore

/// One cell of a notebook.
package struct NotebookCell: Hashable, Sendable {
    /// What a cell is to a reader.
    package enum Kind: Sendable {
        case code
        case markdown
        /// Text that is neither run nor rendered, which only Jupyter documents know.
        case raw
    }

    /// The cell's text as the workspace holds it: a magic such as `%md` stands at its beginning.
    package var command: String
    package var title: String
    /// Whether the title is shown above the cell.
    package var showsTitle: Bool
    /// Members of the cell of a Jupyter document that the other fields do not say: outputs, metadata, attachments.
    package var jupyterFields = JSONObject()
    /// Members of the cell of a workspace's own model that the other fields do not say: results, plots, times.
    package var commandFields = JSONObject()
    /// In what the cell's SOURCE form differs from the usual one.
    var layout = SourceLayout()

    package init(command: String, title: String = "", showsTitle: Bool = false) {
        self.command = command
        self.title = title
        self.showsTitle = showsTitle
    }

    package var kind: Kind {
        guard let magic = NotebookMagic(of: self.command) else { return .code }
        if magic.isMarkdown { return .markdown }
        return magic.word == "raw" ? .raw : .code
    }

    /// The text behind the magic, or all of it where there is none.
    package var body: String {
        guard let magic = NotebookMagic(of: self.command) else { return self.command }
        return String(self.command.utf8.dropFirst(magic.prefix.utf8.count)) ?? self.command
    }

    /// The language of a code cell in a notebook of language `fallback`; nil for text, files, shell and the like.
    package func language(in fallback: NotebookLanguage) -> NotebookLanguage? {
        guard let magic = NotebookMagic(of: self.command) else { return fallback }
        return magic.language
    }

    /// Whether both cells say the same in the same bytes, whatever their outputs, metadata and layout. Texts that are
    /// equal to Unicode only, composed and decomposed, are not the same.
    package func hasSameText(as other: NotebookCell) -> Bool {
        self.showsTitle == other.showsTitle && Self.areSameBytes(self.command, other.command)
            && Self.areSameBytes(self.title, other.title)
    }

    private static func areSameBytes(_ first: String, _ second: String) -> Bool {
        var first = first
        var second = second
        return first.withUTF8 { firstBytes in
            second.withUTF8 { secondBytes in
                guard firstBytes.count == secondBytes.count else { return false }
                for index in 0..<firstBytes.count where firstBytes[index] != secondBytes[index] { return false }
                return true
            }
        }
    }
}
