import Testing

@testable import TarnAPI

@Suite("Markup")
struct HTMLTests {
    @Test("text and values of attributes never become markup")
    func escapes() {
        var html = HTML()
        html.element("a", [("title", "\"><script>alert(1)</script>"), ("href", "/x?a='1'&b=2")], "<b>&\"'</b>")
        #expect(
            html.text
                == "<a title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\" href=\"/x?a=&#39;1&#39;&amp;b=2\">"
                + "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;</a>"
        )
    }

    @Test("controls and marks that turn text around are shown as what they are: something strange")
    func controls() {
        var html = HTML()
        html.text("a\u{0}b\u{1b}c\u{202e}d\u{2066}e\tf\n")
        #expect(html.text == "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\tf\n")
    }

    @Test("elements nest and markup of the same making is taken as it is")
    func nests() {
        var inner = HTML()
        inner.element("b", "1 < 2")
        var html = HTML()
        html.element("p") { html in
            html.include(inner)
            html.void("br")
        }
        #expect(html.text == "<p><b>1 &lt; 2</b><br></p>")
    }

    @Test(
        "figures are written for people",
        arguments: [
            (DashboardFormat.bytes(0), "0 B"), (DashboardFormat.bytes(1_536), "1.5 KiB"),
            (DashboardFormat.bytes(1 << 40), "1 TiB"), (DashboardFormat.count(1_234_567), "1,234,567"),
            (DashboardFormat.count(12), "12"), (DashboardFormat.milliseconds(12.34), "12.3 ms"),
            (DashboardFormat.time(1_700_000_000_000_000), "2023-11-14 22:13:20"),
        ]
    )
    func figures(_ text: String, _ expected: String) {
        #expect(text == expected)
    }
}
