/// A view that queries may read, with what its columns mean.
package struct ViewDocumentation: Sendable {
    package struct Column: Sendable {
        package let name: String
        package let type: String
        package let meaning: String
        /// The expression that gives the column, over the tables behind the view.
        let expression: String

        init(_ name: String, _ type: String, _ meaning: String, _ expression: String = "") {
            self.name = name
            self.type = type
            self.meaning = meaning
            self.expression = expression
        }
    }

    package let name: String
    package let meaning: String
    package let columns: [Column]
    /// The tables behind the view, with joins and conditions; empty for a view that each reader fills by itself.
    private let source: String

    init(_ name: String, _ meaning: String, from source: String, _ columns: [Column]) {
        self.name = name
        self.meaning = meaning
        self.columns = columns
        self.source = source
    }

    /// The SELECT behind the view; empty for a view that each reader fills by itself.
    var definition: String {
        guard !self.source.isEmpty else { return "" }
        let columns = self.columns.map { "\($0.expression) AS \($0.name)" }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(self.source)"
    }

    /// Lower-case hex digits of a blob; null for null.
    static func hex(_ column: String) -> String {
        "CASE WHEN \(column) IS NOT NULL THEN lower(hex(\(column))) END"
    }

    /// RFC 3339 in UTC with six digits of a second, from an expression in microseconds; null for null.
    static func time(_ microseconds: String) -> String {
        """
        CASE WHEN \(microseconds) IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', \(microseconds) / 1000000, 'unixepoch') \
        || printf('.%06dZ', \(microseconds) % 1000000) END
        """
    }
}
