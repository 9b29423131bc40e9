internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn catalog query`: one SELECT over the catalog.
struct CatalogQueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Run one SELECT over the catalog.",
        discussion: """
            'SELECT * FROM tarn_views' lists all views with their columns: entries, notebooks, tables and more. An answer has at most \
            10,000 rows: ask for the next ones with WHERE path > the last one's, an ORDER BY and a LIMIT.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The statement; '-' reads it from standard input.")
    var sql: String

    @Flag(help: "Answer in CSV, with headings.")
    var csv = false

    func validate() throws {
        if self.csv, self.options.json { throw ValidationError("--csv and --json exclude each other") }
    }

    func run() async throws {
        let sql = try self.sql == "-" ? self.standardInput() : self.sql
        try await ClientSession.run(self.options) { session in
            let answer = try await session.client.query(sql: sql, accept: self.csv ? "text/csv" : "application/json")
            if self.csv { return try Console.write(bytes: answer.body) }
            if session.isJSON { return try Console.write(bytes: answer.body + [0x0a]) }
            let result = try TarnHTTPClient.parse(answer.body, of: "/v1/catalog/query")
            try Console.write(Self.table(result).text)
            if result["truncated"]?.boolean == true {
                Console.error(
                    "tarn: more rows were found than are shown; add an ORDER BY and a LIMIT, and ask for the rest in parts"
                )
            }
        }
    }

    private func standardInput() throws -> String {
        String(decoding: try FileContent.read("/dev/stdin", bytesMax: 1 << 20), as: UTF8.self)
    }

    /// Columns of numbers are aligned to the right.
    private static func table(_ result: JSONValue) -> TextTable {
        let rows = (result["rows"]?.items ?? []).map(\.items)
        let titles = (result["columns"]?.items ?? []).map(\.display)
        var table = TextTable(
            titles.enumerated().map { column, title in
                let isNumber = rows.allSatisfy { row in
                    guard column < row.count else { return true }
                    return switch row[column] {
                    case .number, .null: true
                    default: false
                    }
                }
                return (title, isNumber && !rows.isEmpty ? TextTable.Alignment.right : .left)
            }
        )
        for row in rows { table.append(row.map(\.display)) }
        return table
    }
}
