internal import TarnCore

/// Outputs as Jupyter documents hold them.
enum JupyterOutputs {
    /// What one element of `outputs` shows; nil for a kind without a text, a picture or HTML.
    static func output(_ object: JSONObject) -> NotebookOutput? {
        switch object["output_type"]?.string {
        case "stream": return self.text(object["text"]).map { .text(TerminalText.plain($0)) }
        case "error":
            let trace = object["traceback"]?.elements?.compactMap(\.string).joined(separator: "\n") ?? ""
            let summary = [object["ename"]?.string, object["evalue"]?.string].compactMap { $0 }.joined(separator: ": ")
            return .failure(summary: TerminalText.plain(summary), trace: TerminalText.plain(trace))
        default: return object["data"]?.object.flatMap(self.bundle)
        }
    }

    /// The best of what a bundle of types offers: a picture, HTML, or text.
    private static func bundle(_ data: JSONObject) -> NotebookOutput? {
        for type in ["image/png", "image/jpeg", "image/gif"] {
            if let base64 = self.text(data[type]) {
                return .image(type: type, base64: base64.filter { !$0.isWhitespace })
            }
        }
        if let html = self.text(data["text/html"]) { return .html(html) }
        return self.text(data["text/plain"]).map { .text(TerminalText.plain($0)) }
    }

    private static func text(_ value: JSONFragment?) -> String? {
        if let text = value?.string { return text }
        return value?.elements.map { $0.compactMap(\.string).joined() }
    }

    /// Writes `outputs` as the elements of an array.
    static func write(_ outputs: [NotebookOutput], to writer: inout JSONWriter) {
        writer.beginArray()
        for output in outputs { self.write(output, to: &writer) }
        writer.endArray()
    }

    private static func write(_ output: NotebookOutput, to writer: inout JSONWriter) {
        switch output {
        case .text(let text):
            writer.beginObject()
            writer.key("name")
            writer.string("stdout")
            writer.key("output_type")
            writer.string("stream")
            writer.key("text")
            writer.lines(of: text)
            writer.endObject()
        case .failure(let summary, let trace):
            let parts = summary.split(separator: ":", maxSplits: 1)
            writer.beginObject()
            writer.key("ename")
            writer.string(parts.first.map(String.init) ?? "")
            writer.key("evalue")
            writer.string(parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
            writer.key("output_type")
            writer.string("error")
            writer.key("traceback")
            writer.beginArray()
            for line in trace.split(separator: "\n", omittingEmptySubsequences: false) { writer.string(String(line)) }
            writer.endArray()
            writer.endObject()
        case .html(let html): self.writeBundle("text/html", to: &writer) { $0.lines(of: html) }
        case .image(let type, let base64): self.writeBundle(type, to: &writer) { $0.string(base64) }
        case .table(let columns, let rows, _):
            let html = HTMLTable.text(columns: columns, rows: rows)
            self.writeBundle("text/html", to: &writer) { $0.lines(of: html) }
        }
    }

    private static func writeBundle(_ type: String, to writer: inout JSONWriter, value: (inout JSONWriter) -> Void) {
        writer.beginObject()
        writer.key("data")
        writer.beginObject()
        writer.key(type)
        value(&writer)
        writer.endObject()
        writer.key("metadata")
        writer.beginObject()
        writer.endObject()
        writer.key("output_type")
        writer.string("display_data")
        writer.endObject()
    }
}
