/// How a notebook's cells are laid out in its bytes, spelled as the workspace API spells it.
///
/// What the API calls `AUTO` is the absence of a format: the bytes say it, see ``NotebookFormat/recognize(_:name:)``.
package enum NotebookFormat: String, Sendable, CaseIterable {
    /// Source code with header, cell separators and magics in comments.
    case source = "SOURCE"
    /// An `.ipynb` JSON document.
    case jupyter = "JUPYTER"
    /// A web page that shows the notebook and carries its whole model.
    case html = "HTML"
    /// A zip archive of notebook models, one or a whole folder of them.
    case dbc = "DBC"
    /// Markdown with code between fences, as R users write it.
    case rMarkdown = "R_MARKDOWN"

    /// The format that the bytes show, by what they begin with, or else that `name` has by its extension; nil for what
    /// is recognised by neither and may be SOURCE without its header.
    package static func recognize(_ bytes: [UInt8], name: String = "") -> NotebookFormat? {
        if bytes.starts(with: ZipReader.localHeaderMagic) { return .dbc }
        if SourceHeader.comment(in: bytes) != nil { return .source }
        switch FileName.fileExtension(of: name).lowercased() {
        case "ipynb": return .jupyter
        case "html", "htm": return .html
        case "dbc": return .dbc
        case "rmd": return .rMarkdown
        case let other where NotebookLanguage(fileExtension: other) != nil: return .source
        default: break
        }
        switch bytes.first(where: { $0 > 0x20 }) {
        case 0x7b: return .jupyter
        case 0x3c: return .html
        default: return nil
        }
    }
}
