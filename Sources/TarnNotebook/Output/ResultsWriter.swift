internal import TarnCore

/// Writes outputs as members of a command of the workspace's model.
enum ResultsWriter {
    /// Writes `results`, `error` and `errorSummary`.
    static func write(_ outputs: [NotebookOutput], to writer: inout JSONWriter) {
        var shown: [NotebookOutput] = []
        var failure: (summary: String, trace: String)?
        for output in outputs {
            if case .failure(let summary, let trace) = output {
                failure = (summary, trace)
            } else {
                shown.append(output)
            }
        }
        writer.key(ModelKey.results)
        if shown.isEmpty {
            writer.null()
        } else {
            self.writeResult(type: "listResults", to: &writer) { (writer) in
                writer.beginArray()
                for output in shown { self.writeResult(output, to: &writer) }
                writer.endArray()
            }
        }
        writer.key(ModelKey.errorSummary)
        self.write(failure?.summary, to: &writer)
        writer.key(ModelKey.error)
        self.write(failure?.trace, to: &writer)
    }

    /// The workspace takes both for HTML.
    private static func write(_ text: String?, to writer: inout JSONWriter) {
        if let text {
            writer.string(HTMLText.escape(text))
        } else {
            writer.null()
        }
    }

    private static func writeResult(_ output: NotebookOutput, to writer: inout JSONWriter) {
        switch output {
        case .text(let text): self.writeResult(type: "ansi", to: &writer) { $0.string(text) }
        case .html(let html): self.writeResult(type: "htmlSandbox", to: &writer) { $0.string(html) }
        case .image(let type, let base64):
            self.writeResult(type: "image", to: &writer) { $0.string("data:\(type);base64,\(base64)") }
        case .failure: break
        case .table(let columns, let rows, _):
            self.writeResult(type: "htmlSandbox", to: &writer) {
                $0.string(HTMLTable.text(columns: columns, rows: rows))
            }
        }
    }

    private static func writeResult(type: String, to writer: inout JSONWriter, data: (inout JSONWriter) -> Void) {
        writer.beginObject()
        writer.key("type")
        writer.string(type)
        writer.key("data")
        data(&writer)
        for (key, value) in [
            ("arguments", "{}"), ("addedWidgets", "{}"), ("removedWidgets", "[]"), ("datasetInfos", "[]"),
        ] {
            writer.key(key)
            writer.raw(value)
        }
        writer.endObject()
    }
}
