internal import TarnCore
internal import TarnSQLite

/// The `datacenters` view: a table in each reader's memory, for its rows change often and are nobody's truth.
enum DatacenterTable {
    static let name = "datacenters"

    static func create(on connection: SQLiteConnection) throws {
        guard let view = Catalog.documentation.first(where: { $0.name == self.name }) else { return }
        let columns = view.columns.map { "\($0.name) \($0.type)" }
        try connection.execute("CREATE TEMP TABLE \(self.name) (\(columns.joined(separator: ", ")))")
        try connection.execute("CREATE TEMP TABLE datacenters_version (version INTEGER)")
        try connection.execute("INSERT INTO datacenters_version VALUES (0)")
    }

    /// Makes the reader's rows those of `version`.
    static func refresh(rows: [DatacenterRow], version: Int64, on connection: SQLiteConnection) throws {
        guard try connection.integer("SELECT version FROM datacenters_version") != version else { return }
        try connection.execute("DELETE FROM \(self.name)")
        let statement = try connection.statement(
            "INSERT INTO \(self.name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        for row in rows {
            try statement.bind(1, row.datacenter.name)
            try statement.bind(2, row.role.rawValue)
            try statement.bind(3, row.url)
            try statement.bind(4, Int64(row.isReachable ? 1 : 0))
            try statement.bind(5, Int64(clamping: row.view.number))
            try statement.bind(6, Int64(clamping: row.op.number))
            try statement.bind(7, Int64(clamping: row.commit.number))
            try statement.bind(8, row.root.hex)
            try statement.bind(9, Int64(clamping: row.lagOps))
            try statement.bind(10, Int64(clamping: row.missingBytesCount))
            if let milliseconds = row.roundTripMilliseconds {
                try statement.bind(11, milliseconds)
            } else {
                try statement.bindNull(11)
            }
            try statement.bind(12, row.trouble)
            try statement.run()
        }
        try connection.execute("UPDATE datacenters_version SET version = \(version)")
    }
}
