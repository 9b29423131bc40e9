internal import TarnSQLite

/// The tables of `index.sqlite-search`.
enum SearchSchema {
    static let version: Int64 = 1
    /// `Tars` in ASCII.
    static let applicationID: Int64 = 0x5461_7273
    private static let identity = IndexIdentity(applicationID: Self.applicationID, version: Self.version)

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
        try self.identity.write(to: connection, clusterName: clusterName)
    }

    static func isUsable(on connection: SQLiteConnection, clusterName: String) throws -> Bool {
        try self.identity.isHeld(by: connection, clusterName: clusterName)
    }
}
