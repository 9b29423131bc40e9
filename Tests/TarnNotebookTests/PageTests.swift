import Foundation
import TarnCore
import TarnTestKit
import Testing

@testable import TarnNotebook

@Suite("HTML pages")
struct PageTests {
    static func page(_ notebook: Notebook) throws -> String {
        String(decoding: try notebook.write(.html), as: UTF8.self)
    }

    static let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{0}"

    @Test("the model is found where programs look for it: base-64 of URL-encoded JSON")
    func model() throws {
        let notebook = Notebook(
            name: "é",
            language: .scala,
            cells: [NotebookCell(command: "val x = \"ä\"", title: "T", showsTitle: true)]
        )
        let page = try Self.page(notebook)
        let start = try #require(page.range(of: "__DATABRICKS_NOTEBOOK_MODEL = '"))
        let end = try #require(page[start.upperBound...].firstIndex(of: "'"))
        let encoded = try #require(Data(base64Encoded: String(page[start.upperBound..<end])))
        let json = try #require(String(decoding: encoded, as: UTF8.self).removingPercentEncoding)
        let model = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(model["version"] as? String == "NotebookV1")
        #expect(model["name"] as? String == "é")
        #expect(model["language"] as? String == "scala")
        let commands = try #require(model["commands"] as? [[String: Any]])
        #expect(commands.count == 1)
        #expect(commands[0]["version"] as? String == "CommandV1")
        #expect(commands[0]["command"] as? String == "val x = \"ä\"")
        #expect(commands[0]["commandTitle"] as? String == "T")
        #expect(commands[0]["showCommandTitle"] as? Bool == true)
        #expect(commands[0]["position"] as? Double == 1)
        #expect(commands[0]["subtype"] as? String == "command")
        #expect(commands[0]["results"] is NSNull)
    }

    @Test(
        "pages of the workspace are read, also those that carry the model as it is",
        arguments: [
            """
            <html><script>var __DATABRICKS_NOTEBOOK_MODEL = \
            {"version":"NotebookV1","name":"n","language":"sql","commands":[{"command":"select '</'","position":1}]};</script>
            """,
            """
            <html><script>var __DATABRICKS_NOTEBOOK_MODEL  =  "JTdCJTIybGFuZ3VhZ2UlMjI6JTIyc3FsJTIyLCUyMm5hbWUlMjI6JTIybiUyMiwlMjJjb21tYW5kcyUyMjolNUIlN0\
            IlMjJjb21tYW5kJTIyOiUyMnNlbGVjdCUyMCclM0MvJyUyMiU3RCU1RCU3RA==";</script>
            """,
        ]
    )
    func foreign(page: String) throws {
        let notebook = try Notebook.read(Array(page.utf8), format: .html)
        #expect(notebook.language == .sql && notebook.name == "n")
        #expect(notebook.cells.map(\.command) == ["select '</'"])
    }

    @Test(
        "a page without a notebook is refused",
        arguments: [
            "", "<html></html>", "__DATABRICKS_NOTEBOOK_MODEL", "__DATABRICKS_NOTEBOOK_MODEL = '",
            "__DATABRICKS_NOTEBOOK_MODEL = '???'",
            "__DATABRICKS_NOTEBOOK_MODEL = 'AAAA'", "__DATABRICKS_NOTEBOOK_MODEL = {",
            "__DATABRICKS_NOTEBOOK_MODEL = {}",
            #"__DATABRICKS_NOTEBOOK_MODEL = {"language":"cobol","commands":[]}"#,
            #"__DATABRICKS_NOTEBOOK_MODEL = {"language":"sql","commands":[{}]}"#,
            #"__DATABRICKS_NOTEBOOK_MODEL = {"version":"NotebookV9","language":"sql","commands":[]}"#,
        ]
    )
    func refused(page: String) {
        #expect(throws: NotebookError.self) { try Notebook.read(Array(page.utf8), format: .html) }
    }

    @Test("a model without a language is in the caller's, or else in Python")
    func languageless() throws {
        let page = #"__DATABRICKS_NOTEBOOK_MODEL = {"language":"","commands":[{"command":"%md x"}]}"#
        #expect(try Notebook.read(Array(page.utf8), format: .html).language == .python)
        #expect(try Notebook.read(Array(page.utf8), format: .html, language: .r).language == .r)
    }

    @Test("nothing of a notebook can become markup: names, titles, code, text, outputs")
    func escaping() throws {
        let hostile = Self.hostile
        var cell = NotebookCell(command: hostile, title: hostile, showsTitle: true)
        cell.jupyterFields["outputs"] = JSONFragment([
            try Self.output("stream", "text", JSONFragment(hostile)),
            try Self.output("display_data", "data", try Self.bundle("text/html", hostile)),
            try Self.output("display_data", "data", try Self.bundle("image/png", hostile)),
            try Self.output("error", "ename", JSONFragment(hostile)),
        ])
        let markdown = ["", "# ", "> ", "- ", "1. ", "| ", "```\n", "**", "[x](", "[x](javascript:", "![", "`"]
        var cells = [cell, NotebookCell(command: "%sql " + hostile)]
        cells += markdown.map { NotebookCell(command: "%md\n" + $0 + hostile + ")** ` ](x) \n") }
        let page = try Self.page(Notebook(name: hostile, language: .python, cells: cells))
        let body = page.replacing(/<style>(.|\n)*<\/style>/, with: "")
        let tags = body.matches(of: /<[^>]*>/).map { String(body[$0.range]) }
        let allowed =
            /<\/?(!DOCTYPE html|html|head|meta [^<]*|title|body|h1|h2|section( class="cell (code|text)")?|div( class="(title|output|failure|language)")?|pre|code|p|ul|ol|li|table|tr|td|th|thead|tbody|blockquote|strong|em|hr|a( rel="noopener noreferrer nofollow" href="(https:|http:|mailto:|#)[^"<>]*")?)>/
        let scripts = tags.filter { $0.contains("script") }
        #expect(scripts == ["<script>", "</script>"])
        #expect(tags.filter { !$0.contains("script") && $0.wholeMatch(of: allowed) == nil } == [])
        #expect(page.contains("Content-Security-Policy"))
        #expect(!page.contains("javascript:alert"))
    }

    static func output(_ type: String, _ key: String, _ value: JSONFragment) throws -> JSONFragment {
        var object = JSONObject()
        object["output_type"] = JSONFragment(type)
        object[key] = value
        return JSONFragment(object)
    }

    static func bundle(_ type: String, _ text: String) throws -> JSONFragment {
        var object = JSONObject()
        object[type] = JSONFragment(text)
        return JSONFragment(object)
    }

    @Test(
        "Markdown is shown as markup",
        arguments: [
            ("# A *b*\n", "<h1>A <em>b</em></h1>"), ("##A", "<h2>A</h2>"), ("a\nb\n\nc", "<p>a\nb</p><p>c</p>"),
            ("- a\n- **b**\n1. c", "<ul><li>a</li><li><strong>b</strong></li></ul><ol><li>c</li></ol>"),
            ("```python\nx <y\n```\nz", "<pre><code>x &lt;y\n</code></pre><p>z</p>"),
            ("> q", "<blockquote><p>q</p></blockquote>"),
            ("|a|b|\n|---|:-:|\n|1|2|", "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>"),
            ("`a*b*`", "<p><code>a*b*</code></p>"), ("---", "<hr>"), ("a * b * c", "<p>a * b * c</p>"),
            (
                "[t](https://x.y/?a=\"b) z",
                "<p><a rel=\"noopener noreferrer nofollow\" href=\"https://x.y/?a=&quot;b\">t</a> z</p>"
            ),
            ("[t](javascript:x)", "<p>t</p>"),
            (
                "![alt](https://x/y.png \"t\")",
                "<p><a rel=\"noopener noreferrer nofollow\" href=\"https://x/y.png\">alt</a></p>"
            ),
            ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"), ("``", "<p>``</p>"), ("**a", "<p>**a</p>"), ("****", "<hr>"),
        ]
    )
    func markdown(text: String, html: String) {
        var out: [UInt8] = []
        MarkdownRenderer.append(text, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == html)
    }

    @Test(
        "unclosed marks cost no more than their length",
        arguments: ["[", "`", "*", "_", "**a", "[a](", "![", "|", "> ", "<a", "&"]
    )
    func linear(mark: String) {
        let text = String(repeating: mark, count: 200_000)
        var out: [UInt8] = []
        let time = ContinuousClock().measure {
            MarkdownRenderer.append(text, to: &out)
            _ = HTMLText.plain(text)
        }
        #expect(time < .seconds(5))
    }

    @Test(
        "what a reader sees of HTML is its text",
        arguments: [
            ("<div class=\"a\">x &lt;&amp;&#39;&#x41;&gt;</div>y", "x <&'A>\ny"), ("a<br/>b", "a\nb"),
            ("<SCRIPT>x</Script >y", "y"),
            ("<style>a{}", ""), ("1 < 2 & 3", "1 < 2 & 3"), ("<td>1</td><td>2</td></tr>", "1\t2\t\n"),
            ("a<!-- b -->c", "ac"), ("a<", "a<"),
        ]
    )
    func plain(html: String, text: String) {
        #expect(HTMLText.plain(html) == text)
    }
}
