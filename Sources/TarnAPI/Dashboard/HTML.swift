internal import TarnCore
internal import TarnNotebook

/// Markup under construction, safe by construction: markup comes from literals of this program only, and everything
/// else is escaped on its way in.
///
/// So a notebook full of `<script>` is shown as text, wherever it stands.
struct HTML: Sendable {
    typealias Attribute = (name: StaticString, value: String)

    private(set) var text = ""

    init() {
        self.text.reserveCapacity(16 << 10)
    }

    /// Text as a reader shall see it.
    mutating func text(_ text: String) {
        self.append(text)
    }

    /// Markup that was built in the same way.
    mutating func include(_ other: HTML) {
        self.text += other.text
    }

    /// A notebook's cells, as the renderer of notebooks makes them: it escapes on its own account.
    mutating func include(_ notebook: Notebook) {
        self.text += String(decoding: NotebookRenderer.render(notebook), as: UTF8.self)
    }

    /// An element with what `body` puts into it.
    mutating func element(
        _ name: StaticString,
        _ attributes: [Attribute] = [],
        _ body: (inout HTML) throws -> Void
    ) rethrows {
        self.open(name, attributes)
        try body(&self)
        self.text += "</\(name)>"
    }

    /// An element that holds `text` alone.
    mutating func element(_ name: StaticString, _ attributes: [Attribute], _ text: String) {
        self.open(name, attributes)
        self.append(text)
        self.text += "</\(name)>"
    }

    /// An element without attributes that holds `text` alone.
    mutating func element(_ name: StaticString, _ text: String) {
        self.element(name, [], text)
    }

    /// An element without an end, such as `input`.
    mutating func void(_ name: StaticString, _ attributes: [Attribute] = []) {
        self.open(name, attributes)
    }

    /// A link to another page of the dashboard.
    mutating func link(_ target: String, _ text: String, _ attributes: [Attribute] = []) {
        precondition(target.hasPrefix("/"), "links lead to this node only")
        self.element("a", [("href", target)] + attributes, text)
    }

    private mutating func open(_ name: StaticString, _ attributes: [Attribute]) {
        self.text += "<\(name)"
        for attribute in attributes {
            self.text += " \(attribute.name)=\""
            self.append(attribute.value)
            self.text += "\""
        }
        self.text += ">"
    }

    /// Five characters mean something in markup; controls that HTML forbids become a sign that something was there.
    private mutating func append(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": self.text += "&amp;"
            case "<": self.text += "&lt;"
            case ">": self.text += "&gt;"
            case "\"": self.text += "&quot;"
            case "'": self.text += "&#39;"
            case "\n", "\t": self.text.unicodeScalars.append(scalar)
            case "\r": self.text += "&#13;"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: self.text += "\u{fffd}"
            // Marks that turn the direction of text around would let a name pose as another one.
            case "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}": self.text += "\u{fffd}"
            default: self.text.unicodeScalars.append(scalar)
            }
        }
    }
}
