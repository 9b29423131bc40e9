/// Shows the common part of Markdown as HTML: headings, paragraphs, lists, quotes, tables, code and emphasis.
///
/// Everything is escaped first and marked up then, so that HTML inside the text is shown and never taken for markup.
struct MarkdownRenderer {
    private var lines: ArraySlice<Substring>
    private var out: [UInt8] = []

    /// Appends `text` as HTML.
    static func append(_ text: String, to out: inout [UInt8]) {
        var renderer = MarkdownRenderer(lines: text.split(separator: "\n", omittingEmptySubsequences: false)[...])
        swap(&renderer.out, &out)
        while !renderer.lines.isEmpty { renderer.appendBlock() }
        swap(&renderer.out, &out)
    }

    private mutating func appendBlock() {
        guard let line = self.lines.first else { return }
        let trimmed = Self.trimmed(line)
        if trimmed.isEmpty {
            self.lines.removeFirst()
        } else if trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
            self.appendFence(trimmed.prefix(3))
        } else if let level = Self.headingLevel(trimmed) {
            self.lines.removeFirst()
            self.wrap("h\(level)", Self.trimmed(trimmed.dropFirst(level)))
        } else if Self.isRule(trimmed) {
            self.lines.removeFirst()
            self.write("<hr>")
        } else if trimmed.hasPrefix(">") {
            self.appendQuote()
        } else if let item = Self.listItem(trimmed) {
            self.appendList(isOrdered: item.isOrdered)
        } else if trimmed.hasPrefix("|") {
            self.appendTable()
        } else {
            self.appendParagraph()
        }
    }

    private mutating func appendFence(_ fence: Substring) {
        self.lines.removeFirst()
        self.write("<pre><code>")
        while let line = self.lines.popFirst() {
            if Self.trimmed(line).hasPrefix(fence) { break }
            HTMLText.append(String(line) + "\n", to: &self.out)
        }
        self.write("</code></pre>")
    }

    private mutating func appendQuote() {
        self.write("<blockquote>")
        while let line = self.lines.first, Self.trimmed(line).hasPrefix(">") {
            self.lines.removeFirst()
            self.wrap("p", Self.trimmed(Self.trimmed(line).dropFirst()))
        }
        self.write("</blockquote>")
    }

    private mutating func appendList(isOrdered: Bool) {
        self.write(isOrdered ? "<ol>" : "<ul>")
        while let line = self.lines.first, let item = Self.listItem(Self.trimmed(line)), item.isOrdered == isOrdered {
            self.lines.removeFirst()
            self.wrap("li", item.text)
        }
        self.write(isOrdered ? "</ol>" : "</ul>")
    }

    private mutating func appendTable() {
        self.write("<table>")
        while let line = self.lines.first, case let trimmed = Self.trimmed(line), trimmed.hasPrefix("|") {
            self.lines.removeFirst()
            // The line below the headings says how columns are aligned and has no text.
            if trimmed.allSatisfy({ "|-: ".contains($0) }) { continue }
            self.write("<tr>")
            let cells = trimmed.dropFirst().split(separator: "|", omittingEmptySubsequences: false)
            for cell in trimmed.hasSuffix("|") ? cells.dropLast() : cells[...] { self.wrap("td", Self.trimmed(cell)) }
            self.write("</tr>")
        }
        self.write("</table>")
    }

    private mutating func appendParagraph() {
        self.write("<p>")
        var isFirst = true
        while let line = self.lines.first, case let trimmed = Self.trimmed(line), !trimmed.isEmpty {
            if !isFirst, Self.beginsBlock(trimmed) { break }
            self.lines.removeFirst()
            if !isFirst { self.write("\n") }
            MarkdownInline.append(trimmed, to: &self.out)
            isFirst = false
        }
        self.write("</p>")
    }

    private mutating func wrap(_ element: String, _ text: Substring) {
        self.write("<\(element)>")
        MarkdownInline.append(text, to: &self.out)
        self.write("</\(element)>")
    }

    private mutating func write(_ markup: String) {
        self.out.append(contentsOf: markup.utf8)
    }

    private static func beginsBlock(_ line: Substring) -> Bool {
        self.headingLevel(line) != nil || line.hasPrefix("```") || line.hasPrefix("~~~") || line.hasPrefix(">")
            || self.listItem(line) != nil || line.hasPrefix("|") || self.isRule(line)
    }

    /// One to six `#`; the space behind them may be missing, as the workspace allows.
    private static func headingLevel(_ line: Substring) -> Int? {
        let level = line.prefix { $0 == "#" }.count
        return (1...6).contains(level) && line.count > level ? level : nil
    }

    private static func isRule(_ line: Substring) -> Bool {
        let marks = line.filter { $0 != " " }
        guard let mark = marks.first, "-*_".contains(mark) else { return false }
        return marks.count >= 3 && marks.allSatisfy { $0 == mark }
    }

    /// The text of `- item` or `1. item`.
    private static func listItem(_ line: Substring) -> (isOrdered: Bool, text: Substring)? {
        if let mark = line.first, "-*+".contains(mark), line.dropFirst().first == " " {
            return (false, self.trimmed(line.dropFirst(2)))
        }
        let digits = line.prefix { ("0"..."9").contains($0) }
        let rest = line.dropFirst(digits.count)
        guard (1...9).contains(digits.count), rest.hasPrefix(". ") else { return nil }
        return (true, self.trimmed(rest.dropFirst(2)))
    }

    private static func trimmed(_ line: Substring) -> Substring {
        let start = line.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
        return start[...last]
    }
}
