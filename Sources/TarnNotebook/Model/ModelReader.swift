internal import TarnCore

/// Reads the JSON model in which the workspace itself holds a notebook, as HTML pages and DBC archives carry it.
enum ModelReader {
    /// The notebook that `bytes` describe. Where the model leaves its language empty, as those of some folders' pages
    /// do, it is `language`, or else Python.
    static func read(_ bytes: [UInt8], language: NotebookLanguage?) throws(NotebookError) -> Notebook {
        let model: JSONObject
        do throws(JSONError) {
            var reader = JSONReader(bytes)
            model = try JSONObject(from: &reader)
            try reader.expectEnd()
        } catch {
            throw NotebookError(error, in: "The notebook's model")
        }
        guard let commands = model[ModelKey.commands]?.elements else {
            throw NotebookError(.malformed, "The notebook's model has no list of commands.")
        }
        let version = model[ModelKey.version]?.string ?? ModelKey.notebookVersion
        guard version == ModelKey.notebookVersion else {
            throw NotebookError(.unsupported, "The notebook's model is of version '\(version)'.")
        }
        let named = model[ModelKey.language]?.string ?? ""
        guard let language = named.isEmpty ? language ?? .python : NotebookLanguage(kernel: named) else {
            throw NotebookError(.unsupported, "The notebook's model is in '\(named)', which no workspace runs.")
        }
        guard commands.count <= Limits.notebookCellsMax else {
            throw NotebookError(.tooLarge, "The notebook has more than \(Limits.notebookCellsMax) cells.")
        }
        var notebook = Notebook(name: model[ModelKey.name]?.string ?? "", language: language, cells: [])
        notebook.cells = try self.cells(commands, syntax: SourceSyntax(language))
        notebook.modelFields = model
        for key in [ModelKey.name, ModelKey.language, ModelKey.commands] { notebook.modelFields[key] = nil }
        if let metadata = model[ModelKey.jupyterMetadata], metadata.object != nil {
            notebook.jupyterFields[JupyterKey.metadata] = metadata
            if let layout = metadata.object?[JupyterKey.layout]?.object { notebook.takeSourceLayout(layout) }
        }
        return notebook
    }

    /// The cells in the order of their positions, which need not be that of the list.
    private static func cells(_ commands: [JSONFragment], syntax: SourceSyntax) throws(NotebookError) -> [NotebookCell]
    {
        var cells: [(position: Double, index: Int, cell: NotebookCell)] = []
        for (index, command) in commands.enumerated() {
            guard let object = command.object else {
                throw NotebookError(.malformed, "Command \(index + 1) of the notebook's model is no object.")
            }
            let position = object[ModelKey.position]?.double ?? Double(index + 1)
            cells.append((position, index, try self.cell(object, index: index, syntax: syntax)))
        }
        cells.sort { ($0.position, $0.index) < ($1.position, $1.index) }
        return cells.map(\.cell)
    }

    private static func cell(
        _ object: JSONObject,
        index: Int,
        syntax: SourceSyntax
    ) throws(NotebookError) -> NotebookCell {
        guard let command = object[ModelKey.command]?.string else {
            throw NotebookError(.malformed, "Command \(index + 1) of the notebook's model has no text.")
        }
        var cell = NotebookCell(
            command: command,
            title: object[ModelKey.title]?.string ?? "",
            showsTitle: object[ModelKey.showsTitle]?.boolean ?? false
        )
        cell.commandFields = object
        for key in [ModelKey.command, ModelKey.title, ModelKey.showsTitle, ModelKey.position, ModelKey.jupyterMetadata]
        {
            cell.commandFields[key] = nil
        }
        if let metadata = object[ModelKey.jupyterMetadata], let fields = metadata.object {
            cell.jupyterFields[JupyterKey.metadata] = metadata
            if let layout = fields[JupyterKey.layout]?.object { cell.takeLayout(SourceLayout(layout), syntax: syntax) }
        }
        return cell
    }
}
