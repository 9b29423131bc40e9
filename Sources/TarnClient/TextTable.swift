/// Rows of text under headings, aligned for a fixed-width screen.
package struct TextTable: Sendable {
    package enum Alignment: Sendable {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    package init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty. Line breaks and other control characters are shown as escapes, so that no
    /// name can break the table or drive the terminal.
    package mutating func append(_ cells: [String]) {
        self.rows.append(cells.prefix(self.columns.count).map(Self.printable))
    }

    /// The lines, headings first, each ended by a line break.
    package var text: String {
        let titles = self.columns.map(\.title)
        let widths = self.columns.indices.map { column in
            ([titles] + self.rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let hasTitles = titles.contains { !$0.isEmpty }
        return ((hasTitles ? [titles] : []) + self.rows).map { self.line($0, widths) }.joined()
    }

    /// `text` with control characters as escapes.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { Self.isControl($0) }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case _ where Self.isControl(scalar): out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var out = ""
        for (column, width) in widths.enumerated() {
            let cell = column < cells.count ? cells[column] : ""
            let padding = String(repeating: " ", count: width - cell.count)
            let isLast = column == widths.count - 1
            switch self.columns[column].alignment {
            case .left: out += cell + (isLast ? "" : padding)
            case .right: out += padding + cell
            }
            if !isLast { out += "  " }
        }
        while out.hasSuffix(" ") { out.removeLast() }
        return out + "\n"
    }
}
