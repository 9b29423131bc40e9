internal import TarnCore
internal import TarnDelta
internal import TarnSQLite

/// Compares a table's log with what was replayed of it.
enum TablePlanner {
    /// The plan for the next table whose log changed; nil when there is none.
    static func next(on connection: SQLiteConnection) throws -> TableLoader.Plan? {
        let statement = try connection.statement(
            """
            SELECT id, marks, path FROM delta_table
            WHERE state <> \(CatalogSchema.ReadState.done) AND state = \(CatalogSchema.ReadState.pending) LIMIT 1
            """
        )
        let (tableID, marks, path): (Int64, Int64, String)
        do {
            defer { statement.reset() }
            guard try statement.step() else { return nil }
            (tableID, marks, path) = (statement.integer(0), statement.integer(1), statement.text(2))
        }
        let commits = try self.commits(ofTableAt: path, on: connection)
        let replayed = try self.replayed(tableID, on: connection)
        let isAppended =
            replayed.count <= commits.count
            && zip(replayed, commits).allSatisfy { $0.version == $1.version && $0.content == $1.entry.content }
        return TableLoader.Plan(
            tableID: tableID,
            marks: marks,
            isFromStart: !isAppended,
            commits: isAppended ? Array(commits.dropFirst(replayed.count)) : commits
        )
    }

    private static func commits(
        ofTableAt path: String,
        on connection: SQLiteConnection
    ) throws -> [TableLoader.Commit] {
        let directory = "\(path)/\(DeltaLogName.directory)"
        let statement = try connection.statement(
            "SELECT path, content, size, manifest FROM entry WHERE path > ? AND path < ? ORDER BY path"
        )
        // Twenty digits: from the first version's name to behind the last one's, past checkpoints' subdirectories.
        try statement.bind(1, directory + "/0")
        try statement.bind(2, directory + "/:")
        var commits: [TableLoader.Commit] = []
        try statement.forEachRow { row in
            let name = row.text(0).dropFirst(directory.count + 1)
            guard let version = DeltaLogName.commitVersion(of: name), let entry = EntryRow.fileEntry(of: row, at: 1)
            else {
                return
            }
            commits.append(TableLoader.Commit(version: version, entry: entry))
        }
        return commits
    }

    private static func replayed(
        _ tableID: Int64,
        on connection: SQLiteConnection
    ) throws -> [(version: Int64, content: Digest)] {
        let statement = try connection.statement(
            "SELECT version, content FROM delta_commit WHERE table_id = ? ORDER BY version"
        )
        try statement.bind(1, tableID)
        var replayed: [(version: Int64, content: Digest)] = []
        try statement.forEachRow { replayed.append(($0.integer(0), $0.digest(1) ?? .zero)) }
        return replayed
    }
}
