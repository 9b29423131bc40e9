/// Shows a notebook as HTML that is safe wherever it stands: every text of the notebook is escaped, and markup made
/// from its markdown has no scripts, no styles, no pictures from elsewhere and links to web addresses only.
package enum NotebookRenderer {
    /// Rows of a table and characters of one output that are shown; the notebook itself keeps all.
    private static let rowsMax = 1_000
    private static let outputBytesMax = 1 << 20

    /// One `<section>` a cell, UTF-8, for a page or a part of one.
    package static func render(_ notebook: Notebook) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(notebook.cells.reduce(256) { $0 + $1.command.utf8.count * 5 / 4 + 128 })
        self.append(notebook, to: &out)
        return out
    }

    static func append(_ notebook: Notebook, to out: inout [UInt8]) {
        for cell in notebook.cells { self.append(cell, language: notebook.language, to: &out) }
    }

    /// One cell as a `<section>`.
    static func append(_ cell: NotebookCell, language: NotebookLanguage, to out: inout [UInt8]) {
        let kind = cell.kind
        out.append(
            contentsOf: kind == .code ? "<section class=\"cell code\">".utf8 : "<section class=\"cell text\">".utf8
        )
        if cell.showsTitle, !cell.title.isEmpty {
            out.append(contentsOf: "<div class=\"title\">".utf8)
            HTMLText.append(cell.title, to: &out)
            out.append(contentsOf: "</div>".utf8)
        }
        switch kind {
        case .markdown: MarkdownRenderer.append(cell.body, to: &out)
        case .raw: self.append(preformatted: cell.body, to: &out)
        case .code:
            if let own = cell.language(in: language), own != language {
                out.append(contentsOf: "<div class=\"language\">\(own.modelName)</div>".utf8)
            }
            out.append(contentsOf: "<pre><code>".utf8)
            HTMLText.append(cell.command, to: &out)
            out.append(contentsOf: "</code></pre>".utf8)
        }
        let outputs = cell.outputs
        if !outputs.isEmpty {
            out.append(contentsOf: "<div class=\"output\">".utf8)
            for output in outputs { self.append(output, to: &out) }
            out.append(contentsOf: "</div>".utf8)
        }
        out.append(contentsOf: "</section>\n".utf8)
    }

    private static func append(_ output: NotebookOutput, to out: inout [UInt8]) {
        switch output {
        case .text(let text): self.append(preformatted: self.shortened(text), to: &out)
        case .html(let html): self.append(preformatted: HTMLText.plain(self.shortened(html)), to: &out)
        case .failure(let summary, let trace):
            out.append(contentsOf: "<div class=\"failure\">".utf8)
            HTMLText.append(self.shortened(summary), to: &out)
            if !trace.isEmpty { self.append(preformatted: self.shortened(trace), to: &out) }
            out.append(contentsOf: "</div>".utf8)
        case .image(let type, let base64):
            guard self.isPicture(type, base64) else { return }
            out.append(contentsOf: "<img alt=\"\" src=\"data:\(type);base64,\(base64)\">".utf8)
        case .table(let columns, let rows, let isComplete):
            HTMLTable.append(columns: columns, rows: rows.prefix(self.rowsMax), to: &out)
            if !isComplete || rows.count > self.rowsMax {
                out.append(contentsOf: "<p>Not all rows are shown.</p>".utf8)
            }
        }
    }

    private static func append(preformatted text: String, to out: inout [UInt8]) {
        out.append(contentsOf: "<pre>".utf8)
        HTMLText.append(text, to: &out)
        out.append(contentsOf: "</pre>".utf8)
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > self.outputBytesMax else { return text }
        return String(decoding: text.utf8.prefix(self.outputBytesMax), as: UTF8.self) + "…"
    }

    /// Only pictures made of points, and nothing in the data that could end the attribute.
    private static func isPicture(_ type: String, _ base64: String) -> Bool {
        ["image/png", "image/jpeg", "image/gif"].contains(type)
            && base64.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2b, 0x2f, 0x3d: true
                default: false
                }
            }
    }
}
