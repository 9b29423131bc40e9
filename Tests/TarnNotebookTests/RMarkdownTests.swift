import TarnNotebook
import TarnTestKit
import Testing

@Suite("R Markdown")
struct RMarkdownTests {
    static func read(_ text: String, language: NotebookLanguage? = nil) throws -> Notebook {
        try Notebook.read(Array(text.utf8), format: .rMarkdown, language: language)
    }

    @Test("chunks are code and the rest is text")
    func cells() throws {
        let notebook = try Self.read(
            """
            ---
            title: x
            ---

            # Heading

            ```{r}
            x <- 1

            y
            ```
            ```{sql, title="A, "b"", show_title=FALSE}
            select 1
            ```

            ```
            plain fence
            ```

            ````{python}
            ```
            ````

            ```{bash}
            ls
            ```
            ```{run, title="R"}
            ./x
            ```
            """
        )
        #expect(notebook.language == .r)
        #expect(
            notebook.cells.map(\.command) == [
                "%md\n---\ntitle: x\n---\n\n# Heading", "x <- 1\n\ny", "%sql\nselect 1", "%md\n```\nplain fence\n```",
                "%python\n```", "%sh\nls", "%run ./x",
            ]
        )
        #expect(notebook.cells.map(\.title) == ["", "", "A, \"b\"", "", "", "", "R"])
        #expect(notebook.cells.map(\.showsTitle) == [false, false, false, false, false, false, true])
    }

    @Test("a notebook is written so that knitr runs it")
    func golden() throws {
        let cells = ["%md\n# A\n\ntext", "%md\nmore", "x <- 1", "%sql\nselect 1", "%run ./setup"].map {
            NotebookCell(command: $0)
        }
        var notebook = Notebook(name: "n", language: .r, cells: cells)
        notebook.cells[2].title = "T"
        notebook.cells[2].showsTitle = true
        let expected = """
            # A

            text

            <!-- COMMAND ---------- -->

            more

            ```{r, title="T"}
            x <- 1
            ```

            ```{sql}
            select 1
            ```

            ```{run}
            ./setup
            ```

            """
        #expect(String(decoding: try notebook.write(.rMarkdown), as: UTF8.self) == expected)
        #expect(try Self.read(expected).hasSameText(as: notebook))
    }

    @Test("a chunk without end, and text that is not UTF-8, are refused")
    func refused() {
        #expect(throws: NotebookError.self) { try Self.read("```{r}\nx") }
        #expect(throws: NotebookError.self) { try Notebook.read([0xff], format: .rMarkdown) }
    }

    /// The magic with what parts it from the body in its usual form, as the format keeps it.
    static func normalized(_ cell: NotebookCell, _ language: NotebookLanguage) -> NotebookCell {
        var cell = cell
        let word = cell.command.drop { $0.isWhitespace }.dropFirst().prefix {
            $0.isLetter || $0.isNumber || "_-".contains($0)
        }
        if cell.command.drop(while: { $0.isWhitespace }).first == "%", cell.body != cell.command {
            let isLine = ["run", "pip", "fs"].contains(word)
            let isOwn = cell.language(in: language) == language
            cell.command = isOwn ? cell.body : isLine ? "%\(word) \(cell.body)" : "%\(word)\n\(cell.body)"
            if isLine, cell.body.isEmpty { cell.command = "%\(word)" }
        }
        cell.title = cell.title.map { $0.isNewline ? " " : String($0) }.joined()
        return cell
    }

    @Test("generated cells come back, but for white space behind a magic")
    func property() throws {
        for seed in 0..<Effort.cases(3_000) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            let notebook = generator.notebook()
            let again = try Notebook.read(
                try notebook.write(.rMarkdown),
                format: .rMarkdown,
                language: notebook.language
            )
            let expected = notebook.cells.map { Self.normalized($0, notebook.language) }
            #expect(again.cells.count == expected.count, "seed \(seed)")
            for (cell, wanted) in zip(again.cells, expected) {
                #expect(cell.hasSameText(as: wanted), "seed \(seed): \(cell.command) instead of \(wanted.command)")
            }
        }
    }
}
