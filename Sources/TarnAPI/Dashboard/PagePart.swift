internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// Pieces that several pages show.
enum PagePart {
    /// The way from the root to `path`, each step a link.
    static func writeCrumbs(_ path: NamespacePath, to html: inout HTML) {
        var steps: [NamespacePath] = []
        var current: NamespacePath? = path
        while let step = current, step != .root {
            steps.append(step)
            current = step.parent
        }
        html.element("nav", [("aria-label", "Path")]) { html in
            html.element("ol", [("class", "crumbs")]) { html in
                html.element("li") { $0.link("/ui/browse", "/") }
                for step in steps.reversed() {
                    html.element("li") { $0.link(DashboardFormat.link("/ui/browse", step), step.name) }
                }
            }
        }
    }

    /// A table that scrolls for itself on a narrow screen; each column has a title, and may hold numbers.
    static func writeTable(
        _ label: String,
        _ columns: [(String, Bool)],
        to html: inout HTML,
        _ rows: (inout HTML) throws -> Void
    ) rethrows {
        try html.element(
            "div",
            [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", label)]
        ) { html in
            try html.element("table") { html in
                html.element("thead") { html in
                    html.element("tr") { html in
                        for (title, isNumber) in columns {
                            html.element(
                                "th",
                                [("scope", "col")] + (isNumber ? [("class", "number")] : []),
                                title
                            )
                        }
                    }
                }
                try html.element("tbody", [], rows)
            }
        }
    }

    static func writeNumber(_ text: String, to html: inout HTML) {
        html.element("td", [("class", "number")], text)
    }

    static func writeEmpty(_ text: String, to html: inout HTML) {
        html.element("p", [("class", "note empty")], text)
    }

    /// The bytes of a file that is small enough to be shown, or nil. Throws when they cannot be read.
    static func content(of entry: Entry, at node: any NodeService) async throws -> [UInt8]? {
        guard !entry.isDirectory, entry.manifest == nil, entry.size <= UInt64(Limits.dashboardTextBytesMax) else {
            return nil
        }
        return try await node.blob(entry.content)
    }

    /// The bytes as text, or nil where they are none.
    static func text(of bytes: [UInt8]) -> String? {
        guard !bytes.prefix(8_000).contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
