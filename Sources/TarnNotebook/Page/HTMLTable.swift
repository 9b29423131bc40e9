/// A table of text as HTML.
enum HTMLTable {
    static func text(columns: [String], rows: [[String?]]) -> String {
        var out: [UInt8] = []
        self.append(columns: columns, rows: rows[...], to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    static func append(columns: [String], rows: ArraySlice<[String?]>, to out: inout [UInt8]) {
        out.append(contentsOf: "<table><thead><tr>".utf8)
        for column in columns {
            out.append(contentsOf: "<th>".utf8)
            HTMLText.append(column, to: &out)
            out.append(contentsOf: "</th>".utf8)
        }
        out.append(contentsOf: "</tr></thead><tbody>".utf8)
        for row in rows {
            out.append(contentsOf: "<tr>".utf8)
            for cell in row {
                out.append(contentsOf: "<td>".utf8)
                HTMLText.append(cell ?? "null", to: &out)
                out.append(contentsOf: "</td>".utf8)
            }
            out.append(contentsOf: "</tr>\n".utf8)
        }
        out.append(contentsOf: "</tbody></table>".utf8)
    }
}
