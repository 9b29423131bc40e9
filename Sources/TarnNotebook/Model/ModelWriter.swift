internal import TarnCore

/// Writes the JSON model in which the workspace itself holds a notebook.
struct ModelWriter {
    private var writer: JSONWriter
    private let notebook: Notebook

    static func write(_ notebook: Notebook) -> [UInt8] {
        let size = notebook.cells.reduce(1_024) { $0 + $1.command.utf8.count * 5 / 4 + 1_280 }
        var writer = ModelWriter(writer: JSONWriter(reservingCapacity: size), notebook: notebook)
        writer.writeNotebook()
        return writer.writer.bytes
    }

    private mutating func writeNotebook() {
        let fields = self.notebook.modelFields
        self.writer.beginObject()
        self.writer.key(ModelKey.version)
        self.writer.string(ModelKey.notebookVersion)
        self.write("origId", fields["origId"], otherwise: "0")
        self.writer.key(ModelKey.name)
        self.writer.string(self.notebook.name)
        self.writer.key(ModelKey.language)
        self.writer.string(self.notebook.language.modelName)
        self.writer.key(ModelKey.commands)
        self.writer.beginArray()
        for (index, cell) in self.notebook.cells.enumerated() { self.writeCommand(cell, index: index) }
        self.writer.endArray()
        self.write("dashboards", fields["dashboards"], otherwise: "[]")
        self.writer.key("guid")
        self.writer.value(fields["guid"] ?? JSONFragment(CellIdentifier.of(self.notebook)))
        self.write("globalVars", fields["globalVars"], otherwise: "{}")
        self.writer.key(ModelKey.jupyterMetadata)
        self.writeMetadata(
            self.notebook.jupyterFields[JupyterKey.metadata]?.object,
            layout: self.notebook.sourceLayoutObject
        )
        self.write("inputWidgets", fields["inputWidgets"], otherwise: "{}")
        let written: Set<String> = [
            ModelKey.version, "origId", "dashboards", "guid", "globalVars", ModelKey.jupyterMetadata, "inputWidgets",
        ]
        self.writeRest(of: fields, without: written)
        self.writer.endObject()
    }

    private mutating func writeCommand(_ cell: NotebookCell, index: Int) {
        self.writer.beginObject()
        if cell.commandFields.isEmpty {
            self.writeNewCommand(cell, index: index)
        } else {
            self.writeText(of: cell, index: index)
            self.writeRest(of: cell.commandFields, without: [])
        }
        self.writer.endObject()
    }

    /// What changes from cell to cell.
    private mutating func writeText(of cell: NotebookCell, index: Int) {
        self.writer.key(ModelKey.position)
        self.writer.number(Double(index + 1))
        self.writer.key(ModelKey.command)
        self.writer.string(cell.command)
        self.writer.key(ModelKey.title)
        self.writer.string(cell.title)
        self.writer.key(ModelKey.showsTitle)
        self.writer.boolean(cell.showsTitle)
        self.writer.key(ModelKey.jupyterMetadata)
        self.writeMetadata(cell.jupyterFields[JupyterKey.metadata]?.object, layout: cell.layout.object(magic: nil))
    }

    /// A command as the workspace writes one that was never run, with the results that a Jupyter cell brings along.
    private mutating func writeNewCommand(_ cell: NotebookCell, index: Int) {
        let identifier = CellIdentifier.of(cell, index: index)
        self.writer.key(ModelKey.version)
        self.writer.string(ModelKey.commandVersion)
        self.writer.key("origId")
        self.writer.integer(index + 1)
        self.writer.key("guid")
        self.writer.string(identifier)
        self.writer.key(ModelKey.subtype)
        self.writer.string("command")
        self.writer.key("commandType")
        self.writer.string("auto")
        self.writeText(of: cell, index: index)
        let outputs = cell.outputs
        self.writer.key("state")
        self.writer.string(outputs.isEmpty ? "input" : "finished")
        ResultsWriter.write(outputs, to: &self.writer)
        for member in Self.usualMembers.members {
            self.writer.key(member.key)
            self.writer.value(member.value)
        }
        self.writer.key("nuid")
        self.writer.string(identifier)
    }

    /// Members of a command that say nothing as long as nobody has set them.
    private static let usualMembers: JSONObject = {
        let text = """
            {"commandVersion":0,"workflows":[],"startTime":0,"submitTime":0,"finishTime":0,"collapsed":false,"bindings":{},\
            "inputWidgets":{},"displayType":"table","width":"auto","height":"auto","xColumns":null,"yColumns":null,\
            "pivotColumns":null,"pivotAggregation":null,"useConsistentColors":false,"customPlotOptions":{},\
            "commentThread":[],"commentsVisible":false,"parentHierarchy":[],"diffInserts":[],"diffDeletes":[],\
            "globalVars":{},"latestUser":"","latestUserId":null,"hideCommandCode":false,"hideCommandResult":false,\
            "isLockedInExamMode":false,"streamStates":{},"datasetPreviewNameToCmdIdMap":{}}
            """
        var reader = JSONReader(Array(text.utf8))
        return (try? JSONObject(from: &reader)) ?? JSONObject()
    }()

    /// A Jupyter document's metadata with the layout of the SOURCE form; null when there is neither.
    private mutating func writeMetadata(_ given: JSONObject?, layout: JSONObject?) {
        var metadata = given ?? JSONObject()
        metadata[JupyterKey.layout] = layout.map { JSONFragment($0) }
        if metadata.isEmpty {
            self.writer.null()
        } else {
            metadata.write(to: &self.writer)
        }
    }

    private mutating func writeRest(of fields: JSONObject, without written: Set<String>) {
        for member in fields.members where !written.contains(member.key) {
            self.writer.key(member.key)
            self.writer.value(member.value)
        }
    }

    private mutating func write(_ key: String, _ value: JSONFragment?, otherwise usual: String) {
        self.writer.key(key)
        if let value {
            self.writer.value(value)
        } else {
            self.writer.raw(usual)
        }
    }
}
