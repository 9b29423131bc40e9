internal import TarnCore
internal import TarnSQLite

/// Writes entries of one transaction, best in the order of their paths, and marks what must be read from their contents
/// later.
struct EntryWriter {
    private let insertion: SQLiteStatement
    private let deletion: SQLiteStatement
    private let connection: SQLiteConnection
    private var derived: DerivedMarker
    /// The directory of the entry written last: most often that of the next one as well.
    private var directoryPath: [UInt8] = []
    private var directoryID: Int64 = 0
    private var deletedDirectories: [[UInt8]] = []

    init(connection: SQLiteConnection) throws {
        self.connection = connection
        self.insertion = try connection.statement(EntryRow.insertion)
        self.deletion = try connection.statement("DELETE FROM entry WHERE path = ?")
        self.derived = DerivedMarker(connection: connection)
    }

    mutating func put(_ entry: Entry, at path: NamespacePath) throws {
        if DocumentName.isHidden(path) { return }
        let directory = try self.directoryID(of: path)
        try EntryRow(entry).insert(path: path.utf8, directory: directory, with: self.insertion)
        try self.derived.notePut(entry, at: path)
    }

    mutating func delete(_ path: NamespacePath, wasDirectory: Bool) throws {
        try self.deletion.bind(1, text: path.utf8)
        try self.deletion.run()
        if wasDirectory { self.deletedDirectories.append(path.utf8) }
        try self.derived.noteDelete(at: path)
    }

    /// Must be called once behind the last change of the transaction.
    mutating func finish() throws {
        try self.derived.finish()
        let statement = try self.connection.statement(
            """
            DELETE FROM directory WHERE path = ?
            AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.directory = directory.id)
            """
        )
        for path in self.deletedDirectories {
            try statement.bind(1, text: path)
            try statement.run()
        }
    }

    private mutating func directoryID(of path: NamespacePath) throws -> Int64 {
        let slash = path.utf8.lastIndex(of: 0x2f) ?? 0
        let parent = slash == 0 ? path.utf8.prefix(1) : path.utf8[..<slash]
        if parent.elementsEqual(self.directoryPath) { return self.directoryID }
        let parentPath = Array(parent)
        self.directoryID = try self.findOrInsertDirectory(parentPath)
        self.directoryPath = parentPath
        return self.directoryID
    }

    private func findOrInsertDirectory(_ path: [UInt8]) throws -> Int64 {
        let selection = try self.connection.statement("SELECT id FROM directory WHERE path = ?")
        try selection.bind(1, text: path)
        defer { selection.reset() }
        if try selection.step() { return selection.integer(0) }
        let insertion = try self.connection.statement("INSERT INTO directory (path, skip) VALUES (?, ?)")
        // SQL counts characters from 1; the name begins behind the directory's path and a slash.
        let characterCount = path.reduce(0) { $0 + ($1 & 0xc0 == 0x80 ? 0 : 1) }
        try insertion.bind(1, text: path)
        try insertion.bind(2, Int64(path.count == 1 ? 2 : characterCount + 2))
        try insertion.run()
        return self.connection.lastInsertedID
    }
}
