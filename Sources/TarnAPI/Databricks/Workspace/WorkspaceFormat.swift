internal import TarnCore
internal import TarnNotebook

/// The `format` of an import or export. `AUTO` and `RAW` say how to decide; the others are notebook formats.
enum WorkspaceFormat: Hashable, Sendable {
    case auto
    case raw
    case notebook(NotebookFormat)

    /// Throws ``DatabricksError`` for a name that is no format; nil and the empty name are SOURCE.
    init(_ name: String?) throws(DatabricksError) {
        switch name?.uppercased() {
        case nil, "": self = .notebook(.source)
        case "AUTO": self = .auto
        case "RAW": self = .raw
        case let name?:
            guard let format = NotebookFormat(rawValue: name) else {
                throw .invalid(
                    "Unknown format '\(name)'; SOURCE, HTML, JUPYTER, DBC, R_MARKDOWN, AUTO or RAW is expected"
                )
            }
            self = .notebook(format)
        }
    }
}

extension NotebookFormat {
    /// What exported files of this format are named with; SOURCE depends on the language.
    func fileExtension(_ language: NotebookLanguage) -> String {
        switch self {
        case .source: language.sourceExtension
        case .jupyter: "ipynb"
        case .html: "html"
        case .dbc: "dbc"
        case .rMarkdown: "Rmd"
        }
    }
}

extension NotebookLanguage {
    /// The extension of source files in this language.
    var sourceExtension: String {
        switch self {
        case .python: "py"
        case .sql: "sql"
        case .scala: "scala"
        case .r: "r"
        }
    }

    /// The language that `name`, as the API spells it, names. Throws ``DatabricksError`` for any other.
    init?(parameter name: String?) throws(DatabricksError) {
        guard let name, !name.isEmpty else { return nil }
        guard let language = NotebookLanguage(rawValue: name.uppercased()) else {
            throw .invalid("Unknown language '\(name)'; PYTHON, SQL, SCALA or R is expected")
        }
        self = language
    }
}
