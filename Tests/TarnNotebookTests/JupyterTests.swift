import Foundation
import TarnCore
import TarnNotebook
import TarnTestKit
import Testing

@Suite("JUPYTER form")
struct JupyterTests {
    static func read(_ text: String, language: NotebookLanguage? = nil) throws -> Notebook {
        try Notebook.read(Array(text.utf8), format: .jupyter, language: language, path: "/a/b.ipynb")
    }

    @Test("cells are written as the workspace writes them")
    func golden() throws {
        let notebook = Notebook(
            name: "b",
            language: .python,
            cells: [
                NotebookCell(command: "%md\n# Ä\n\n\"x\"", title: "T", showsTitle: true),
                NotebookCell(command: "%sql\nselect 1\n"),
            ]
        )
        let text = String(decoding: try notebook.write(.jupyter), as: UTF8.self)
        let expected = """
            {
             "cells": [
              {
               "cell_type": "markdown",
               "metadata": {
                "application/vnd.databricks.v1+cell": {
                 "cellMetadata": {},
                 "inputWidgets": {},
                 "nuid": "ID0",
                 "showTitle": true,
                 "tableResultSettingsMap": {},
                 "title": "T"
                }
               },
               "source": [
                "# Ä\\n",
                "\\n",
                "\\"x\\""
               ]
              },
              {
               "cell_type": "code",
               "execution_count": 0,
               "metadata": {
                "application/vnd.databricks.v1+cell": {
                 "cellMetadata": {},
                 "inputWidgets": {},
                 "nuid": "ID1",
                 "showTitle": false,
                 "tableResultSettingsMap": {},
                 "title": ""
                }
               },
               "outputs": [],
               "source": [
                "%sql\\n",
                "select 1\\n"
               ]
              }
             ],
             "metadata": {
              "application/vnd.databricks.v1+notebook": {
               "dashboards": [],
               "language": "python",
               "notebookMetadata": {},
               "notebookName": "b",
               "widgets": {}
              },
              "language_info": {
               "name": "python"
              }
             },
             "nbformat": 4,
             "nbformat_minor": 0
            }
            """
        #expect(Self.withoutIdentifiers(text) == expected)
    }

    /// Replaces the value of each `nuid` by its number.
    static func withoutIdentifiers(_ text: String) -> String {
        var parts = text.components(separatedBy: "\"nuid\": \"")
        for index in parts.indices.dropFirst() {
            parts[index] = "\"nuid\": \"ID\(index - 1)" + parts[index].dropFirst(36)
        }
        return parts.joined()
    }

    @Test("sources are texts or lists of lines, and types and metadata are kept")
    func cells() throws {
        let notebook = try Self.read(
            #"""
            {"cells":[
             {"cell_type":"markdown","source":"# A\n","metadata":{"application/vnd.databricks.v1+cell":{"title":"x","showTitle":true}}},
             {"cell_type":"code","source":["a\n","b"],"outputs":[{"output_type":"stream","text":["1.50"]}],"id":"q"},
             {"cell_type":"raw","source":"r"},{"cell_type":"code","source":[]},{"cell_type":"code"}],
             "metadata":{"language_info":{"name":"scala"}},"nbformat":4,"nbformat_minor":5}
            """#
        )
        #expect(notebook.name == "b")
        #expect(notebook.language == .scala)
        #expect(notebook.cells.map(\.command) == ["%md\n# A\n", "a\nb", "%raw\nr", "", ""])
        #expect(notebook.cells.map(\.kind) == [.markdown, .code, .raw, .code, .code])
        #expect(notebook.cells[0].title == "x" && notebook.cells[0].showsTitle)
        let text = String(decoding: try notebook.write(.jupyter), as: UTF8.self)
        #expect(text.contains(#"[{"output_type":"stream","text":["1.50"]}]"#))
        #expect(text.contains(#""id": "q""#))
        #expect(text.contains(#""nbformat_minor": 5"#))
        #expect(try Self.read(text).hasSameText(as: notebook))
    }

    @Test(
        "what is no notebook of format 4 is refused",
        arguments: [
            ("", NotebookError.Code.malformed), ("[]", .malformed), ("{}", .malformed), (#"{"cells":{}}"#, .malformed),
            (#"{"cells":[1]}"#, .malformed), (#"{"cells":[{"source":1}]}"#, .malformed),
            (#"{"cells":[{"source":[1]}]}"#, .malformed),
            (#"{"cells":[],"nbformat":3}"#, .unsupported), (#"{"cells":[]} x"#, .malformed),
        ]
    )
    func refused(text: String, code: NotebookError.Code) {
        let error = #expect(throws: NotebookError.self) { try Self.read(text) }
        #expect(error?.code == code)
    }

    @Test("nesting without end is refused before it exhausts the stack")
    func depth() {
        let text = "{\"cells\":" + String(repeating: "[", count: 1_000_000)
        #expect(throws: NotebookError.self) { try Self.read(text) }
        let deep = "{\"x\":" + String(repeating: "[", count: 1_000_000)
        #expect(throws: NotebookError.self) { try Self.read(deep) }
    }

    @Test("more cells than the limit are refused")
    func cellLimit() {
        let text = "{\"cells\":[" + String(repeating: "{},", count: Limits.notebookCellsMax) + "{}]}"
        let error = #expect(throws: NotebookError.self) { try Self.read(text) }
        #expect(error?.code == .tooLarge)
    }

    @Test("generated cells come back as they were, also by way of SOURCE")
    func property() throws {
        for seed in 0..<Effort.cases(1_500) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            let notebook = generator.notebook()
            let jupyter = try Notebook.read(try notebook.write(.jupyter), format: .jupyter)
            #expect(jupyter.hasSameText(as: notebook), "seed \(seed)")
            let source = try Notebook.read(try jupyter.write(.source), format: .source, language: notebook.language)
            let again = try Notebook.read(try source.write(.jupyter), format: .jupyter)
            #expect(again.hasSameText(as: notebook), "seed \(seed)")
        }
    }
}
