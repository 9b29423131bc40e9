internal import TarnCore

/// Outputs as the workspace's model holds them: one result with a type, which may be a list of results.
enum ResultsReader {
    private static let nestingMax = 4

    /// What `results` show.
    static func outputs(_ results: JSONObject, nesting: Int = 0) -> [NotebookOutput] {
        let data = results["data"]
        switch results["type"]?.string {
        case "listResults", "images":
            guard nesting < self.nestingMax else { return [] }
            return (data?.elements ?? []).compactMap(\.object).flatMap { self.outputs($0, nesting: nesting + 1) }
        case "ansi", "raw", "exit": return self.text(TerminalText.plain(data?.string ?? ""))
        case "html": return self.html(data?.string ?? "")
        case "htmlSandbox":
            return self.html(results["textData"]?.string ?? "") + [data?.string.map { .html($0) }].compactMap { $0 }
        case "image": return data?.string.flatMap(self.image).map { [$0] } ?? []
        case "table": return self.table(results)
        case "mimeBundle": return data?.object.map { self.bundle($0) } ?? []
        default: return []
        }
    }

    private static func text(_ text: String) -> [NotebookOutput] {
        text.isEmpty ? [] : [.text(text)]
    }

    /// The workspace prints text as a block of a class of its own, escaped; anything else is HTML.
    private static func html(_ html: String) -> [NotebookOutput] {
        let opening = "<div class=\"ansiout\">"
        let closing = "</div>"
        guard html.hasPrefix(opening), html.hasSuffix(closing),
            html.utf8.count >= opening.utf8.count + closing.utf8.count
        else { return html.isEmpty ? [] : [.html(html)] }
        let inner = html.dropFirst(opening.count).dropLast(closing.count)
        return self.text(HTMLText.plain(String(inner)))
    }

    /// A picture from its `data:` address.
    private static func image(_ address: String) -> NotebookOutput? {
        guard address.hasPrefix("data:image/"), let comma = address.firstIndex(of: ",") else { return nil }
        let header = address[..<comma].dropFirst("data:".count)
        guard header.hasSuffix(";base64") else { return nil }
        return .image(
            type: String(header.dropLast(";base64".count)),
            base64: String(address[address.index(after: comma)...])
        )
    }

    private static func table(_ results: JSONObject) -> [NotebookOutput] {
        let columns = (results["schema"]?.elements ?? []).map { $0.object?["name"]?.string ?? "" }
        guard !columns.isEmpty else { return [] }
        let rows = (results["data"]?.elements ?? []).compactMap(\.elements).map { $0.map(self.cellText) }
        return [.table(columns: columns, rows: rows, isComplete: results["overflow"]?.boolean != true)]
    }

    private static func cellText(_ value: JSONFragment) -> String? {
        value.isNull ? nil : value.string ?? String(decoding: value.bytes, as: UTF8.self)
    }

    private static func bundle(_ data: JSONObject) -> [NotebookOutput] {
        var object = JSONObject()
        object["data"] = JSONFragment(data)
        return [JupyterOutputs.output(object)].compactMap { $0 }
    }
}
