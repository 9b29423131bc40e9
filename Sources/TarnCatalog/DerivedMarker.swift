internal import TarnCore
internal import TarnDelta
internal import TarnSQLite

/// Notes, while entries change, which documents and Delta logs must be read once the transaction is over.
struct DerivedMarker {
    private let connection: SQLiteConnection
    /// Tables whose Delta log changed in this transaction.
    private var changedTables: Set<[UInt8]> = []

    init(connection: SQLiteConnection) {
        self.connection = connection
    }

    /// Whether a change at `path` may leave something to read.
    static func concerns(_ path: NamespacePath) -> Bool {
        path.utf8.count > 2 && (path.utf8[1] == Self.metaInitial || path.utf8[1] == Self.tablesInitial)
    }

    mutating func notePut(_ entry: Entry, at path: NamespacePath) throws {
        guard Self.concerns(path) else { return }
        if path.utf8[1] == Self.metaInitial {
            guard let document = DocumentName(path), !entry.isDirectory else { return try self.deleteDocument(path) }
            try self.putDocument(document, entry, at: path)
        } else if let table = TablePath(path) {
            if table.rest == nil, entry.isDirectory { try self.ensureTable(table) }
            if table.isCommit {
                try self.ensureTable(table)
                self.changedTables.insert(table.path)
            }
        }
    }

    mutating func noteDelete(at path: NamespacePath) throws {
        guard Self.concerns(path) else { return }
        if path.utf8[1] == Self.metaInitial {
            try self.deleteDocument(path)
        } else if let table = TablePath(path) {
            if table.rest == nil { try self.deleteTable(table) }
            if table.isCommit { self.changedTables.insert(table.path) }
        }
    }

    mutating func finish() throws {
        let statement = try self.connection.statement(
            "UPDATE delta_table SET state = \(CatalogSchema.ReadState.pending), marks = marks + 1 WHERE path = ?"
        )
        for path in self.changedTables.sorted(by: Bytes.isLess) {
            try statement.bind(1, text: path)
            try statement.run()
        }
        self.changedTables = []
    }

    private static let metaInitial = UInt8(ascii: "m")
    private static let tablesInitial = UInt8(ascii: "t")

    private func putDocument(_ document: DocumentName, _ entry: Entry, at path: NamespacePath) throws {
        let statement = try self.connection.statement(
            """
            INSERT INTO document (path, kind, id, content, size, manifest, state) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (path) DO UPDATE SET content = excluded.content, size = excluded.size,
            manifest = excluded.manifest, state = excluded.state, json = NULL, trouble = NULL
            WHERE content <> excluded.content
            """
        )
        try statement.bind(1, text: path.utf8)
        try statement.bind(2, document.kind)
        try statement.bind(3, document.id)
        try statement.bind(4, entry.content)
        try statement.bind(5, Int64(clamping: entry.size))
        try statement.bind(6, entry.manifest)
        try statement.bind(7, CatalogSchema.ReadState.pending)
        try statement.run()
    }

    private func deleteDocument(_ path: NamespacePath) throws {
        let statement = try self.connection.statement("DELETE FROM document WHERE path = ?")
        try statement.bind(1, text: path.utf8)
        try statement.run()
    }

    private func ensureTable(_ table: TablePath) throws {
        let statement = try self.connection.statement(
            """
            INSERT OR IGNORE INTO delta_table (path, catalog, schema, name, state, marks)
            VALUES (?, ?, ?, ?, \(CatalogSchema.ReadState.done), 0)
            """
        )
        try statement.bind(1, text: table.path)
        try statement.bind(2, table.catalog)
        try statement.bind(3, table.schema)
        try statement.bind(4, table.name)
        try statement.run()
    }

    private func deleteTable(_ table: TablePath) throws {
        for dependent in ["delta_file", "delta_commit"] {
            let statement = try self.connection.statement(
                "DELETE FROM \(dependent) WHERE table_id = (SELECT id FROM delta_table WHERE path = ?)"
            )
            try statement.bind(1, text: table.path)
            try statement.run()
        }
        let statement = try self.connection.statement("DELETE FROM delta_table WHERE path = ?")
        try statement.bind(1, text: table.path)
        try statement.run()
    }
}
