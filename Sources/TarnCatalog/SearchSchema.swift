internal import TarnSQLite

/// The tables of `index.sqlite-search`.
enum SearchSchema {
    static let version: Int64 = 1
    /// `Tars` in ASCII.
    static let applicationID: Int64 = 0x5461_7273

    static func create(on connection: SQLiteConnection, clusterName: String) throws {
        try connection.execute(
            """
            CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), cluster TEXT NOT NULL, through_op INTEGER);
            CREATE TABLE indexed (id INTEGER PRIMARY KEY, content BLOB NOT NULL UNIQUE);
            CREATE VIRTUAL TABLE text USING fts5(
                body, content = '', tokenize = "unicode61 remove_diacritics 2"
            );
            """
        )
        let statement = try connection.statement("INSERT INTO state (id, cluster) VALUES (1, ?)")
        try statement.bind(1, clusterName)
        try statement.run()
        try connection.execute("PRAGMA application_id = \(self.applicationID)")
        try connection.execute("PRAGMA user_version = \(self.version)")
    }

    static func isUsable(on connection: SQLiteConnection, clusterName: String) throws -> Bool {
        guard try connection.integer("PRAGMA application_id") == self.applicationID,
            try connection.integer("PRAGMA user_version") == self.version
        else { return false }
        let statement = try connection.statement("SELECT cluster FROM state WHERE id = 1")
        defer { statement.reset() }
        return try statement.step() && statement.text(0) == clusterName
    }
}
