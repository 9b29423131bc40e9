/// Keys of the workspace's own model of a notebook that reader and writer share.
enum ModelKey {
    static let version = "version"
    static let name = "name"
    static let language = "language"
    static let commands = "commands"
    static let command = "command"
    static let position = "position"
    static let subtype = "subtype"
    static let title = "commandTitle"
    static let showsTitle = "showCommandTitle"
    static let results = "results"
    static let error = "error"
    static let errorSummary = "errorSummary"
    /// What a Jupyter document says beyond the model; it holds the layout of the SOURCE form as well.
    static let jupyterMetadata = "iPythonMetadata"
    static let notebookVersion = "NotebookV1"
    static let commandVersion = "CommandV1"
}
