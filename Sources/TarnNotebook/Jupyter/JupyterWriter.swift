internal import TarnCore

/// Writes a notebook as an `.ipynb` document, as the workspace lays it out.
struct JupyterWriter {
    /// What a markdown cell, whose type says what it is, loses of its text.
    static let usualMarkdownMagic = "%md\n"
    static let usualRawMagic = "%raw\n"

    private var writer: JSONWriter
    private let notebook: Notebook

    static func write(_ notebook: Notebook) -> [UInt8] {
        let size = notebook.cells.reduce(1_024) { $0 + $1.command.utf8.count * 5 / 4 + 512 }
        var writer = JupyterWriter(writer: JSONWriter(reservingCapacity: size, indentation: 1), notebook: notebook)
        writer.writeDocument()
        return writer.writer.bytes
    }

    private mutating func writeDocument() {
        self.writer.beginObject()
        self.writer.key(JupyterKey.cells)
        self.writer.beginArray()
        for (index, cell) in self.notebook.cells.enumerated() { self.writeCell(cell, index: index) }
        self.writer.endArray()
        let fields = self.notebook.jupyterFields
        self.writer.key(JupyterKey.metadata)
        self.writeMetadata(fields[JupyterKey.metadata]?.object)
        self.writer.key(JupyterKey.nbformat)
        self.writer.integer(max(4, fields[JupyterKey.nbformat]?.int64 ?? 4))
        self.writer.key(JupyterKey.nbformatMinor)
        self.writer.integer(fields[JupyterKey.nbformatMinor]?.int64 ?? 0)
        let known = [JupyterKey.metadata, JupyterKey.nbformat, JupyterKey.nbformatMinor]
        for member in fields.members where !known.contains(member.key) {
            self.writer.key(member.key)
            self.writer.value(member.value)
        }
        self.writer.endObject()
    }

    private mutating func writeMetadata(_ given: JSONObject?) {
        self.writer.beginObject()
        self.writer.key(JupyterKey.workspaceNotebook)
        self.writeWorkspaceNotebook(given?[JupyterKey.workspaceNotebook]?.object)
        if let layout = self.notebook.sourceLayoutObject {
            self.writer.key(JupyterKey.layout)
            layout.write(to: &self.writer)
        }
        let written = [JupyterKey.workspaceNotebook, JupyterKey.layout]
        if let given {
            for member in given.members where !written.contains(member.key) {
                self.writer.key(member.key)
                self.writer.value(member.value)
            }
        }
        if given?["language_info"] == nil, given?["kernelspec"] == nil {
            self.writer.key("language_info")
            self.writer.beginObject()
            self.writer.key("name")
            self.writer.string(self.notebook.language.modelName)
            self.writer.endObject()
        }
        self.writer.endObject()
    }

    private mutating func writeWorkspaceNotebook(_ given: JSONObject?) {
        var object = given ?? Self.defaultWorkspaceNotebook
        object["language"] = JSONFragment(self.notebook.language.modelName)
        object["notebookName"] = JSONFragment(self.notebook.name)
        object.write(to: &self.writer)
    }

    private static let defaultWorkspaceNotebook: JSONObject = {
        var object = JSONObject()
        object["dashboards"] = JSONFragment([])
        object["language"] = .null
        object["notebookMetadata"] = JSONFragment(JSONObject())
        object["notebookName"] = .null
        object["widgets"] = JSONFragment(JSONObject())
        return object
    }()

    private mutating func writeCell(_ cell: NotebookCell, index: Int) {
        let magic = NotebookMagic(of: cell.command)
        let isMarkdown = magic?.isMarkdown == true
        let isRaw = magic?.word == "raw"
        let usualMagic = isMarkdown ? Self.usualMarkdownMagic : isRaw ? Self.usualRawMagic : nil
        let source = usualMagic == nil ? cell.command : cell.body
        self.writer.beginObject()
        self.writer.key(JupyterKey.cellType)
        self.writer.string(isMarkdown ? "markdown" : isRaw ? "raw" : "code")
        if usualMagic == nil {
            self.writer.key(JupyterKey.executionCount)
            self.writer.value(cell.jupyterFields[JupyterKey.executionCount] ?? Self.notRun)
        }
        self.writer.key(JupyterKey.metadata)
        self.writeCellMetadata(
            cell,
            layout: cell.layout.object(magic: usualMagic == nil || magic?.prefix == usualMagic ? nil : magic?.prefix),
            index: index
        )
        if usualMagic == nil {
            self.writer.key(JupyterKey.outputs)
            if let outputs = cell.jupyterFields[JupyterKey.outputs] {
                self.writer.value(outputs)
            } else {
                JupyterOutputs.write(cell.outputs, to: &self.writer)
            }
        }
        for member in cell.jupyterFields.members where !Self.ownKeys.contains(member.key) {
            self.writer.key(member.key)
            self.writer.value(member.value)
        }
        self.writer.key(JupyterKey.source)
        self.writer.lines(of: source)
        self.writer.endObject()
    }

    private static let notRun = JSONFragment(0)
    private static let ownKeys: Set<String> = [
        JupyterKey.cellType, JupyterKey.executionCount, JupyterKey.metadata, JupyterKey.outputs, JupyterKey.source,
    ]

    private mutating func writeCellMetadata(_ cell: NotebookCell, layout: JSONObject?, index: Int) {
        let given = cell.jupyterFields[JupyterKey.metadata]?.object
        self.writer.beginObject()
        self.writer.key(JupyterKey.workspaceCell)
        if var workspace = given?[JupyterKey.workspaceCell]?.object {
            workspace["showTitle"] = JSONFragment(cell.showsTitle)
            workspace["title"] = JSONFragment(cell.title)
            workspace.write(to: &self.writer)
        } else {
            self.writeWorkspaceCell(cell, index: index)
        }
        if let layout {
            self.writer.key(JupyterKey.layout)
            layout.write(to: &self.writer)
        }
        if let given {
            for member in given.members
            where member.key != JupyterKey.workspaceCell && member.key != JupyterKey.layout {
                self.writer.key(member.key)
                self.writer.value(member.value)
            }
        }
        self.writer.endObject()
    }

    private mutating func writeWorkspaceCell(_ cell: NotebookCell, index: Int) {
        self.writer.beginObject()
        self.writer.key("cellMetadata")
        self.writer.beginObject()
        self.writer.endObject()
        self.writer.key("inputWidgets")
        self.writer.beginObject()
        self.writer.endObject()
        self.writer.key("nuid")
        self.writer.string(CellIdentifier.of(cell, index: index))
        self.writer.key("showTitle")
        self.writer.boolean(cell.showsTitle)
        self.writer.key("tableResultSettingsMap")
        self.writer.beginObject()
        self.writer.endObject()
        self.writer.key("title")
        self.writer.string(cell.title)
        self.writer.endObject()
    }
}
