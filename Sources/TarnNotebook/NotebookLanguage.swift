/// The default language of a notebook's cells, spelled as the workspace API spells it.
package enum NotebookLanguage: String, Sendable, CaseIterable {
    case python = "PYTHON"
    case sql = "SQL"
    case scala = "SCALA"
    case r = "R"

    /// What begins a comment line in a notebook's SOURCE form.
    package var commentPrefix: String {
        switch self {
        case .python, .r: "#"
        case .sql: "--"
        case .scala: "//"
        }
    }

    /// The extension of the files that hold the language's SOURCE form.
    package var fileExtension: String {
        switch self {
        case .python: "py"
        case .sql: "sql"
        case .scala: "scala"
        case .r: "r"
        }
    }

    /// How the models of notebooks and their metadata spell the language.
    package var modelName: String { self.rawValue.lowercased() }

    /// The language that a file name's extension stands for, or nil.
    init?(fileExtension: some StringProtocol) {
        switch fileExtension.lowercased() {
        case "py": self = .python
        case "sql": self = .sql
        case "scala": self = .scala
        case "r": self = .r
        default: return nil
        }
    }

    /// The language that a Jupyter kernel or its metadata names, or nil for one that no workspace runs.
    init?(kernel: String) {
        switch kernel.lowercased() {
        case "python", "python2", "python3", "ipython", "pyspark", "pysparkkernel": self = .python
        case "sql": self = .sql
        case "scala", "spark", "sparkkernel", "scala212", "scala213": self = .scala
        case "r", "ir", "sparkr": self = .r
        default: return nil
        }
    }
}
