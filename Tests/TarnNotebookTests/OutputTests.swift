import TarnCore
import Testing

@testable import TarnNotebook

@Suite("Outputs")
struct OutputTests {
    static func jupyter(_ outputs: String) throws -> Notebook {
        let text = #"{"cells":[{"cell_type":"code","source":"x","outputs":\#(outputs)}],"metadata":{},"nbformat":4}"#
        return try Notebook.read(Array(text.utf8), format: .jupyter)
    }

    @Test(
        "outputs of Jupyter documents are read by kind",
        arguments: [
            (#"[{"output_type":"stream","name":"stdout","text":["a\n","b"]}]"#, [.text("a\nb")]),
            (#"[{"output_type":"execute_result","data":{"text/plain":"\u001b[31mred\u001b[0m"}}]"#, [.text("red")]),
            (#"[{"output_type":"display_data","data":{"text/plain":"p","text/html":["<b>"]}}]"#, [.html("<b>")]),
            (
                #"[{"output_type":"display_data","data":{"text/plain":"p","image/png":"aGk=\n"}}]"#,
                [.image(type: "image/png", base64: "aGk=")]
            ),
            (
                #"[{"output_type":"error","ename":"E","evalue":"v","traceback":["a","b"]}]"#,
                [.failure(summary: "E: v", trace: "a\nb")]
            ),
            (#"[{"output_type":"display_data","data":{"application/x":{}}},7,{}]"#, []),
        ] as [(String, [NotebookOutput])]
    )
    func jupyterOutputs(json: String, outputs: [NotebookOutput]) throws {
        #expect(try Self.jupyter(json).cells[0].outputs == outputs)
    }

    @Test("outputs go from Jupyter into the workspace's model and back")
    func roundTrip() throws {
        let notebook = try Self.jupyter(
            #"""
            [{"output_type":"stream","text":"a <b>\n"},{"output_type":"display_data","data":{"text/html":"<i>h</i>"}},
            {"output_type":"display_data","data":{"image/png":"aGk="}},{"output_type":"error","ename":"E","evalue":"1 < 2","traceback":["t"]}]
            """#
        )
        let outputs = notebook.cells[0].outputs
        #expect(outputs.count == 4)
        for format in [NotebookFormat.html, .dbc] {
            let model = try Notebook.read(try notebook.write(format), format: format)
            #expect(model.cells[0].outputs == outputs, "\(format)")
            let again = try Notebook.read(try model.write(.jupyter), format: .jupyter)
            #expect(again.cells[0].outputs == outputs, "\(format)")
        }
    }

    @Test("outputs of a Jupyter document are written as they were")
    func kept() throws {
        let outputs = #"[{"output_type":"x","n":1.50,"s":"\ud800"}]"#
        let text = String(decoding: try Self.jupyter(outputs).write(.jupyter), as: UTF8.self)
        #expect(text.contains(outputs))
    }

    @Test(
        "results of the workspace's model are read by type",
        arguments: [
            (#"{"type":"html","data":"<div class=\"ansiout\">1 &lt; 2</div>"}"#, [.text("1 < 2")]),
            (#"{"type":"html","data":"<b>"}"#, [.html("<b>")]), (#"{"type":"html","data":""}"#, []),
            (#"{"type":"ansi","data":"a\u001b[1;32mb"}"#, [.text("ab")]),
            (#"{"type":"exit","data":"stop"}"#, [.text("stop")]),
            (
                #"{"type":"htmlSandbox","data":"<p>","textData":"<div class=\"ansiout\">t</div>"}"#,
                [.text("t"), .html("<p>")]
            ),
            (#"{"type":"image","data":"data:image/png;base64,aGk="}"#, [.image(type: "image/png", base64: "aGk=")]),
            (#"{"type":"image","data":"https://x/y.png"}"#, []),
            (
                #"{"type":"images","data":[{"type":"image","data":"data:image/gif;base64,AA=="}]}"#,
                [.image(type: "image/gif", base64: "AA==")]
            ),
            (
                #"{"type":"listResults","data":[{"type":"ansi","data":"1"},{"type":"raw","data":"2"}]}"#,
                [.text("1"), .text("2")]
            ),
            (
                #"{"type":"table","data":[[1]],"schema":[{"name":"c"}],"overflow":true}"#,
                [.table(columns: ["c"], rows: [["1"]], isComplete: false)]
            ),
            (#"{"type":"table","data":[],"schema":[]}"#, []),
            (#"{"type":"mimeBundle","data":{"text/plain":"m"}}"#, [.text("m")]),
            (#"{"type":"other"}"#, []), (#"{"type":"listResults","data":{}}"#, []),
        ] as [(String, [NotebookOutput])]
    )
    func results(json: String, outputs: [NotebookOutput]) throws {
        let object = try #require(try JSONFragment(parsing: Array(json.utf8)).object)
        #expect(ResultsReader.outputs(object) == outputs)
    }

    @Test("lists of results in lists end somewhere")
    func nesting() throws {
        let json = String(repeating: #"{"type":"listResults","data":["#, count: 20) + String(repeating: "]}", count: 20)
        let object = try #require(try JSONFragment(parsing: Array(json.utf8)).object)
        #expect(ResultsReader.outputs(object).isEmpty)
    }
}
