internal import TarnCore
internal import TarnSQLite

/// The tables of `index.sqlite`, behind the documented views.
///
/// A file of an older format is not migrated but made anew, because all of it can be derived again; the numbers tell
/// the formats apart.
enum CatalogSchema {
    struct Migration {
        let number: Int64
        let script: String
    }

    /// Never edited after a release; a change of the schema is a new migration.
    static let migrations = [
        Migration(number: 1, script: Self.first),
        // Files of version 1 may hold rows of tokens and secrets; a new number makes them anew.
        Migration(number: 2, script: "DELETE FROM document WHERE kind IN ('token', 'secret', 'audit')"),
        // Those of version 2 may hold rows of the scopes of secrets.
        Migration(number: 3, script: "DELETE FROM document WHERE kind = 'secret_scope'"),
    ]
    static var version: Int64 { self.migrations.map(\.number).max() ?? 0 }
    /// `Tarn` in ASCII: tells the catalog from other SQLite files.
    static let applicationID: Int64 = 0x5461_726e
    private static let identity = IndexIdentity(applicationID: Self.applicationID, version: Self.version)

    /// Every table that is no documented view.
    static let hiddenTables: Set<String> = [
        "state", "directory", "entry", "document", "delta_table", "delta_commit", "delta_file", "change_set",
        "view_column",
    ]

    /// Values of `state` in `document` and `delta_table`.
    enum ReadState {
        /// Content is still to be read.
        static let pending: Int64 = 0
        static let done: Int64 = 1
        /// Content could not be read; tried again later.
        static let failed: Int64 = 2
    }

    /// Values of `kind` in `entry`.
    enum EntryKind {
        static let directory: Int64 = 1
        static let file: Int64 = 2
        static let notebook: Int64 = 3
    }

    /// Fills an empty file.
    static func create(on connection: SQLiteConnection, clusterName: String) throws {
        for migration in self.migrations { try connection.execute(migration.script) }
        for view in Catalog.documentation {
            if !view.definition.isEmpty { try connection.execute("CREATE VIEW \(view.name) AS \(view.definition)") }
            for column in view.columns {
                let statement = try connection.statement("INSERT INTO view_column VALUES (?, ?, ?, ?)")
                try statement.bind(1, view.name)
                try statement.bind(2, column.name)
                try statement.bind(3, column.type)
                try statement.bind(4, column.meaning)
                try statement.run()
            }
        }
        try self.identity.write(to: connection, clusterName: clusterName)
    }

    /// Whether the file is a catalog of this format and cluster.
    static func isUsable(on connection: SQLiteConnection, clusterName: String) throws -> Bool {
        try self.identity.isHeld(by: connection, clusterName: clusterName)
    }

    /// Removes every row, so that the catalog stands before its first op.
    static func clear(on connection: SQLiteConnection) throws {
        for table in ["directory", "entry", "document", "delta_table", "delta_commit", "delta_file", "change_set"] {
            try connection.execute("DELETE FROM \(table)")
        }
        try connection.execute("UPDATE state SET op = NULL, root = NULL")
    }

    private static let first = """
        CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 1), cluster TEXT NOT NULL, op INTEGER, root BLOB
        );
        CREATE TABLE directory (
            id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, skip INTEGER NOT NULL
        );
        CREATE TABLE entry (
            path TEXT NOT NULL PRIMARY KEY, directory INTEGER NOT NULL, kind INTEGER NOT NULL, content BLOB,
            size INTEGER NOT NULL, manifest BLOB, object_id INTEGER, created_at INTEGER, modified_at INTEGER,
            language TEXT, format TEXT, attributes TEXT
        ) WITHOUT ROWID;
        CREATE INDEX entry_directory ON entry (directory);
        CREATE TABLE document (
            path TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, content BLOB NOT NULL,
            size INTEGER NOT NULL, manifest BLOB, json TEXT, trouble TEXT, state INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX document_unread ON document (state) WHERE state <> 1;
        CREATE TABLE delta_table (
            id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, catalog TEXT NOT NULL, schema TEXT NOT NULL,
            name TEXT NOT NULL, version INTEGER, table_id TEXT, table_name TEXT, description TEXT,
            schema_json TEXT, partition_columns TEXT, files INTEGER, bytes INTEGER, records INTEGER,
            complete INTEGER, trouble TEXT, state INTEGER NOT NULL, marks INTEGER NOT NULL
        );
        CREATE INDEX delta_table_unread ON delta_table (state) WHERE state <> 1;
        CREATE TABLE delta_commit (
            table_id INTEGER NOT NULL, version INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (table_id, version)
        ) WITHOUT ROWID;
        CREATE TABLE delta_file (
            table_id INTEGER NOT NULL, path TEXT NOT NULL, vector_id TEXT NOT NULL, size INTEGER NOT NULL,
            modified_at INTEGER NOT NULL, records INTEGER, partition_values TEXT NOT NULL, deletion_vector TEXT,
            deleted_records INTEGER NOT NULL, PRIMARY KEY (table_id, path, vector_id)
        ) WITHOUT ROWID;
        CREATE TABLE change_set (
            op INTEGER PRIMARY KEY, view INTEGER NOT NULL, time INTEGER NOT NULL, author TEXT NOT NULL,
            client TEXT NOT NULL, request INTEGER NOT NULL, kind TEXT NOT NULL, changes INTEGER,
            blobs INTEGER NOT NULL, bytes INTEGER NOT NULL, parent BLOB NOT NULL, root BLOB NOT NULL
        );
        CREATE TABLE view_column (view TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, meaning TEXT NOT NULL);
        """
}
