/// The line that begins a chunk of R Markdown, such as ```` ```{r, title="Load"} ````.
struct ChunkHeader {
    let fenceLength: Int
    /// The engine that knitr runs the chunk with.
    private let engine: String
    private let title: String?
    private let showsTitle: Bool

    /// Nil for a line that begins no chunk; a fence without braces is text to Markdown.
    init?(_ line: Substring) {
        guard let fenceLength = RMarkdownReader.fenceLength(line) else { return nil }
        let rest = line.drop { $0 == " " || $0 == "`" }
        guard rest.first == "{", let close = rest.lastIndex(of: "}") else { return nil }
        let options = rest[..<close].dropFirst()
        let engine = options.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        guard !engine.isEmpty else { return nil }
        self.fenceLength = fenceLength
        self.engine = String(engine)
        let mark = "title=\""
        if let start = options.firstRange(of: ", " + mark)?.upperBound, let end = options.lastIndex(of: "\""),
            start <= end
        {
            self.title = String(options[start..<end])
        } else {
            self.title = nil
        }
        self.showsTitle = self.title != nil && !options.hasSuffix("show_title=FALSE")
    }

    /// The cell with `body` in a notebook of `language`.
    func cell(_ body: String, language: NotebookLanguage) -> NotebookCell {
        let command: String
        if self.engine.lowercased() == language.modelName {
            command = body
        } else if self.engine == "bash" {
            command = "%sh\n" + body
        } else if ["run", "pip", "fs", "conda", "lsmagic"].contains(self.engine) {
            command = body.isEmpty ? "%\(self.engine)" : "%\(self.engine) " + body
        } else {
            command = "%\(self.engine)\n" + body
        }
        return NotebookCell(command: command, title: self.title ?? "", showsTitle: self.showsTitle)
    }
}
