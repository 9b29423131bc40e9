import TarnCore
import TarnNotebook
import Testing

@Suite("Recognition of notebooks")
struct NotebookRecognitionTests {
    private static let python = "# Databricks notebook source\nprint(1)\n"

    @Test(
        "the header and the extension name the language",
        arguments: [
            ("a.py", "# Databricks notebook source\n", .python),
            ("a.sql", "-- Databricks notebook source\nSELECT 1", .sql),
            ("a.scala", "// Databricks notebook source", .scala), ("a.r", "# Databricks notebook source\n", .r),
            ("a.R", "# Databricks notebook source\r\n", .r), ("a", "# Databricks notebook source\n", .python),
            ("a", "-- Databricks notebook source\n", .sql), ("2.1 Intro", "// Databricks notebook source\n", .scala),
            ("ä.PY", "# Databricks notebook source\n", .python),
        ] as [(String, String, NotebookLanguage)]
    )
    func source(name: String, content: String, language: NotebookLanguage) {
        let notebook = NotebookRecognition.notebook(name: name, content: Array(content.utf8))
        #expect(notebook == NotebookRecognition.Notebook(language: language, format: .source))
    }

    @Test(
        "everything else is a plain file",
        arguments: [
            ("a.py", ""), ("a.py", "#"), ("a.py", "print(1)\n"), ("a.py", "#Databricks notebook source\n"),
            ("a.py", "# Databricks notebook sources\n"), ("a.py", "\n# Databricks notebook source\n"),
            ("a.sql", "# Databricks notebook source\n"), ("a.py", "-- Databricks notebook source\n"),
            ("a.ipynb", "# Databricks notebook source\n"), ("a.ipynb", "{\"cells\":[]"), ("a.ipynb", "{\"cells\":1}"),
            ("a.ipynb", "[]"), ("a.json", "{\"cells\":[]}"), ("a", "; Databricks notebook source\n"),
        ]
    )
    func plain(name: String, content: String) {
        #expect(NotebookRecognition.attributes(name: name, content: Array(content.utf8)).isEmpty)
    }

    @Test(
        "a Jupyter document's metadata names the language",
        arguments: [
            (#"{"cells":[]}"#, .python), (#"{"cells":[],"metadata":{"language_info":{"name":"scala"}}}"#, .scala),
            (#"{"metadata":{"kernelspec":{"name":"ir"}},"cells":[{}]}"#, .r),
            (#"{"metadata":{"kernelspec":{"name":"python3","language":"sql"}},"cells":[]}"#, .sql),
            (#"{"metadata":{"language_info":{"name":"cobol"},"kernelspec":{"language":"R"}},"cells":[]}"#, .r),
            (
                #"{"metadata":{"language_info":{"name":"python"},"application/vnd.databricks.v1+notebook":{"language":"sql"}},"cells":[]}"#,
                .sql
            ), (#"{"metadata":7,"cells":[]}"#, .python),
        ] as [(String, NotebookLanguage)]
    )
    func jupyter(content: String, language: NotebookLanguage) {
        let notebook = NotebookRecognition.notebook(name: "x.ipynb", content: Array(content.utf8))
        #expect(notebook == NotebookRecognition.Notebook(language: language, format: .jupyter))
    }

    @Test("attributes are those that entries carry")
    func attributes() throws {
        let values = NotebookRecognition.attributes(name: "a.py", content: Array(Self.python.utf8))
        #expect(values == ["kind": "notebook", "language": "PYTHON", "format": "SOURCE"])
        #expect(try Attributes(values).isNotebook)
    }
}

@Suite("Searchable text of notebooks")
struct SourceTextTests {
    @Test("SOURCE form is its own text")
    func source() throws {
        let content = Array("# Databricks notebook source\nprint('ä')".utf8)
        #expect(try SourceText.extract(from: content, format: .source) == content)
    }

    @Test("JUPYTER gives its cells' sources without outputs")
    func jupyter() throws {
        let content = """
            {"cells":[{"cell_type":"markdown","source":["# T\\u00eftle\\n","two"]},
            {"cell_type":"code","outputs":[{"text":["secret output"]}],"source":"x = \\"1\\""},{"source":null},7],
            "metadata":{"source":"no"},"nbformat":4}
            """
        let text = try SourceText.extract(from: Array(content.utf8), format: .jupyter)
        #expect(String(decoding: text, as: UTF8.self) == "# Tïtle\ntwo\nx = \"1\"\n\n")
    }

    @Test("bytes that are no JSON are refused", arguments: ["", "{", "[1]", "{\"cells\":[{]}"])
    func damage(content: String) {
        #expect(throws: NotebookError.self) { try SourceText.extract(from: Array(content.utf8), format: .jupyter) }
    }
}
