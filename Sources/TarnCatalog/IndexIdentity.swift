internal import TarnSQLite

/// What tells an index file of this node from any other SQLite file: its kind and format in the file's header, and its
/// cluster in the only row of the table `state`.
struct IndexIdentity: Sendable {
    /// `application_id` of the file's header.
    let applicationID: Int64
    /// `user_version` of the file's header.
    let version: Int64

    /// Makes a file with an empty table `state` one of these.
    func write(to connection: SQLiteConnection, clusterName: String) throws {
        let statement = try connection.statement("INSERT INTO state (id, cluster) VALUES (1, ?)")
        try statement.bind(1, clusterName)
        try statement.run()
        try connection.execute("PRAGMA application_id = \(self.applicationID)")
        try connection.execute("PRAGMA user_version = \(self.version)")
    }

    /// Whether the file is one of these, and of this cluster.
    func isHeld(by connection: SQLiteConnection, clusterName: String) throws -> Bool {
        guard try connection.integer("PRAGMA application_id") == self.applicationID,
            try connection.integer("PRAGMA user_version") == self.version
        else { return false }
        let statement = try connection.statement("SELECT cluster FROM state WHERE id = 1")
        defer { statement.reset() }
        return try statement.step() && statement.text(0) == clusterName
    }
}
