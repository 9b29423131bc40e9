import TarnNotebook
import TarnTestKit
import Testing

@Suite("SOURCE form")
struct SourceTests {
    static func notebook(_ text: String, _ language: NotebookLanguage = .python) throws -> Notebook {
        try Notebook.read(Array(text.utf8), format: .source, language: language)
    }

    static func text(_ notebook: Notebook, _ format: NotebookFormat = .source) throws -> String {
        String(decoding: try notebook.write(format), as: UTF8.self)
    }

    @Test("marks part a file into cells with titles and magics")
    func cells() throws {
        let notebook = try Self.notebook(
            """
            # Databricks notebook source
            # MAGIC %md
            # MAGIC # Heading
            # MAGIC
            # MAGIC text

            # COMMAND ----------

            # DBTITLE 1,Load, then look
            import os

            x = 1

            # COMMAND ----------

            # DBTITLE 0,Hidden
            # MAGIC %sql select 1

            # COMMAND ----------

            # MAGIC %run ./setup
            """
        )
        #expect(
            notebook.cells.map(\.command) == [
                "%md\n# Heading\n\ntext", "import os\n\nx = 1", "%sql select 1", "%run ./setup",
            ]
        )
        #expect(notebook.cells.map(\.title) == ["", "Load, then look", "Hidden", ""])
        #expect(notebook.cells.map(\.showsTitle) == [false, true, false, false])
        #expect(notebook.cells.map(\.kind) == [.markdown, .code, .code, .code])
        #expect(notebook.cells.map(\.body) == ["# Heading\n\ntext", "import os\n\nx = 1", "select 1", "./setup"])
        #expect(notebook.cells.map { $0.language(in: .python) } == [nil, .python, .sql, nil])
    }

    @Test("the comment of the language marks the cells", arguments: NotebookLanguage.allCases)
    func languages(language: NotebookLanguage) throws {
        let comment = language.commentPrefix
        let text = "\(comment) Databricks notebook source\na\n\n\(comment) COMMAND ----------\n\n\(comment) MAGIC %md b"
        let notebook = try Self.notebook(text, language)
        #expect(notebook.cells.map(\.command) == ["a", "%md b"])
        #expect(try Self.text(notebook) == text)
    }

    @Test(
        "what says the language goes by order: hint, extension, header",
        arguments: [
            ("# Databricks notebook source\n", NotebookLanguage.r, "a.py", NotebookLanguage.r),
            ("# Databricks notebook source\n", nil, "a.r", .r), ("# Databricks notebook source\n", nil, "a", .python),
            ("-- Databricks notebook source\n", nil, "a.b", .sql), ("// Databricks notebook source", nil, "", .scala),
            ("print(1)", nil, "x/a.py", .python),
        ] as [(String, NotebookLanguage?, String, NotebookLanguage)]
    )
    func language(text: String, hint: NotebookLanguage?, path: String, expected: NotebookLanguage) throws {
        let notebook = try Notebook.read(Array(text.utf8), format: .source, language: hint, path: path)
        #expect(notebook.language == expected)
    }

    @Test("a source without any sign of its language is refused")
    func languageMissing() {
        let error = #expect(throws: NotebookError.self) { try Notebook.read(Array("x = 1".utf8), path: "x") }
        #expect(error?.code == .languageMissing)
    }

    @Test("a source without header is read, and gets its header when it is written")
    func headerless() throws {
        let notebook = try Self.notebook("a\n\n# COMMAND ----------\n\nb")
        #expect(try Self.text(notebook) == "# Databricks notebook source\na\n\n# COMMAND ----------\n\nb")
    }

    @Test("text that is not UTF-8 is refused")
    func encoding() {
        let bytes = Array("# Databricks notebook source\nx = '".utf8) + [0xe4, 0x27]
        let error = #expect(throws: NotebookError.self) { try Notebook.read(bytes, path: "a.py") }
        #expect(error?.code == .notUTF8)
    }

    @Test(
        "any source comes back byte for byte, also by way of JUPYTER",
        arguments: [
            "", "\n", "\r\n", "\n\n", "\n# COMMAND ----------\n", "\n\n# COMMAND ----------\n\n",
            "\n# COMMAND ----------",
            "\na\n# COMMAND ----------\nb", "\n# MAGIC %md # T\n", "\n# MAGIC %md\n# MAGIC \n# MAGIC x",
            "\n# MAGIC\n# MAGIC %md",
            "\n\n# MAGIC %sql\nselect\n# MAGIC 1\n", "\n# DBTITLE 1,x", "\n# DBTITLE 1,x\r\n1", "\n# DBTITLE 1,\na",
            "\n# DBTITLE 3,a\nb",
            "\r\na\r\n\r\n# COMMAND ----------\r\n\r\n# MAGIC %md\r\n# MAGIC b\r\n", "\n!ls", "\n%sql select 1",
            "\n# MAGIC plain",
            "\n\n\n# COMMAND ----------\n\n\n\nx\n\n\n\n# COMMAND ----------\n# COMMAND ----------\n\n\n",
        ]
    )
    func corners(rest: String) throws {
        let text = "# Databricks notebook source" + rest
        let notebook = try Self.notebook(text)
        #expect(try Self.text(notebook) == text)
        let jupyter = try notebook.write(.jupyter)
        #expect(try Self.text(try Notebook.read(jupyter, format: .jupyter)) == text)
    }

    @Test("generated sources come back byte for byte, also by way of JUPYTER")
    func property() throws {
        for seed in 0..<Effort.cases(1_000) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            for language in NotebookLanguage.allCases {
                let source = generator.source(language)
                let notebook = try Notebook.read(source, format: .source, language: language)
                #expect(try notebook.write(.source) == source, "seed \(seed)")
                let jupyter = try notebook.write(.jupyter)
                let again = try Notebook.read(jupyter, format: .jupyter)
                #expect(again.hasSameText(as: notebook), "seed \(seed)")
                #expect(try again.write(.source) == source, "seed \(seed)")
            }
        }
    }

    @Test("generated cells come back from SOURCE as they were")
    func cellsProperty() throws {
        for seed in 0..<Effort.cases(3_000) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            let notebook = generator.notebook()
            let again = try Notebook.read(try notebook.write(.source), format: .source, language: notebook.language)
            #expect(again.hasSameText(as: notebook), "seed \(seed): \(notebook.cells.map(\.command))")
        }
    }

    @Test("what no longer fits the cells is not kept of the layout")
    func editedLayout() throws {
        let text = "# Databricks notebook source\na\n# COMMAND ----------\n# MAGIC %md b\n"
        var notebook = try Notebook.read(try Self.notebook(text).write(.jupyter), format: .jupyter)
        notebook.cells[1].command = "%md c"
        #expect(try Self.text(notebook) == "# Databricks notebook source\na\n# COMMAND ----------\n# MAGIC %md c\n")
        notebook.cells.swapAt(0, 1)
        notebook.cells.append(NotebookCell(command: "d"))
        #expect(
            try Self.text(notebook)
                == "# Databricks notebook source\n# MAGIC %md c\n\n# COMMAND ----------\n\na\n\n# COMMAND ----------\n\nd\n"
        )
    }
}
