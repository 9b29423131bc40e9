internal import Logging
internal import TarnCore
internal import TarnSQLite

/// Full text by content: rows are keyed by blob and never change; which paths hold a blob is asked of the catalog at
/// query time.
///
/// Rows of blobs that no path holds any more stay until there are more of them than of the others; then the file is
/// made anew.
final class SearchIndex: Sendable {
    /// Only files below this directory are searchable.
    static let pathPrefix = Array("/workspace/".utf8)

    /// A blob's text, or nil for one that holds nothing to search in.
    struct Document: Sendable {
        let content: BlobAddress
        let text: [UInt8]?
    }

    struct Match: Sendable {
        let content: BlobAddress
        let rank: Double
    }

    private let database: SQLiteDatabase
    private let readers: SQLiteReaders
    private let logger: Logger

    private init(database: SQLiteDatabase, readers: SQLiteReaders, logger: Logger) {
        self.database = database
        self.readers = readers
        self.logger = logger
    }

    /// Opens the file or makes it anew; nil when full-text search is switched off.
    static func open(_ configuration: Catalog.Configuration, logger: Logger) async throws -> SearchIndex? {
        guard configuration.isSearchEnabled else { return nil }
        let path = configuration.searchPath
        let clusterName = configuration.clusterName
        var opened: SQLiteDatabase?
        do {
            let database = try await SQLiteDatabase.open(path: path, configuration: configuration.sqlite)
            let isUsable = try await database.access { connection in
                try connection.integer("SELECT count(*) FROM sqlite_schema") != 0
                    && SearchSchema.isUsable(on: connection, clusterName: clusterName)
            }
            if isUsable { opened = database } else { try await database.close() }
        } catch let error as SQLiteError where error.code == .corrupt || error.code == .failed {
            logger.warning("search index cannot be read", metadata: ["catalog.reason": "\(error.message)"])
        }
        let database: SQLiteDatabase
        if let opened {
            database = opened
        } else {
            try await SQLiteDatabase.remove(path: path)
            database = try await SQLiteDatabase.open(path: path, configuration: configuration.sqlite)
            try await database.write { try SearchSchema.create(on: $0, clusterName: clusterName) }
        }
        let rules = SQLiteRules(tables: [], hiddenTables: [], memoryBytesMax: configuration.queryMemoryBytesMax)
        let readers = try await SQLiteReaders.open(
            path: path,
            configuration: configuration.sqlite,
            count: 1,
            waitingMax: configuration.waitingQueriesMax
        ) { try $0.restrict(to: rules) }
        return SearchIndex(database: database, readers: readers, logger: logger)
    }

    /// The op up to which all text was indexed.
    func throughOp() async throws -> Op? {
        try await self.access { connection in
            try connection.integer("SELECT through_op FROM state").map { Op(UInt64(clamping: $0)) }
        }
    }

    func set(throughOp op: Op) async throws {
        try await self.write { connection in
            let statement = try connection.statement("UPDATE state SET through_op = ?")
            try statement.bind(1, Int64(clamping: op.number))
            try statement.run()
        }
    }

    /// Those of `contents` that are not indexed yet, in order and without repeats.
    func missing(of contents: [BlobAddress]) async throws -> Set<BlobAddress> {
        try await self.access { connection in
            var missing: Set<BlobAddress> = []
            let statement = try connection.statement("SELECT 1 FROM indexed WHERE content = ?")
            for content in contents {
                try statement.bind(1, content)
                defer { statement.reset() }
                if try !statement.step() { missing.insert(content) }
            }
            return missing
        }
    }

    var indexedCount: Int {
        get async throws {
            try await self.access { Int(try $0.integer("SELECT count(*) FROM indexed") ?? 0) }
        }
    }

    /// Adds the texts of blobs that were missing.
    func insert(_ documents: [Document]) async throws {
        try await self.write { connection in
            let record = try connection.statement("INSERT OR IGNORE INTO indexed (content) VALUES (?)")
            let text = try connection.statement("INSERT INTO text (rowid, body) VALUES (?, ?)")
            for document in documents {
                try record.bind(1, document.content)
                try record.run()
                guard connection.changesCount > 0, let body = document.text else { continue }
                try text.bind(1, connection.lastInsertedID)
                try text.bind(2, text: body)
                try text.run()
            }
        }
    }

    /// Forgets everything, to get rid of what no path holds any more.
    func removeAll() async throws {
        try await self.write { connection in
            try connection.execute("INSERT INTO text (text) VALUES ('delete-all')")
            try connection.execute("DELETE FROM indexed")
            try connection.execute("UPDATE state SET through_op = NULL")
        }
    }

    /// The best `limit` blobs for `expression`, best first.
    func matches(
        _ expression: String,
        limit: Int,
        until deadline: ContinuousClock.Instant,
        cancellation: SQLiteCancellation
    ) async throws -> [Match] {
        try await self.noticingDamage {
            try await self.readers.run { connection in
                try connection.withBudget(until: deadline, cancellation: cancellation) {
                    // FTS5 prepares statements of its own while it runs.
                    try connection.withTrust { try Self.matches(expression, limit: limit, on: connection) }
                }
            }
        }
    }

    private static func matches(_ expression: String, limit: Int, on connection: SQLiteConnection) throws -> [Match] {
        let statement = try connection.statement(
            """
            SELECT i.content, t.rank FROM text AS t JOIN indexed AS i ON i.id = t.rowid
            WHERE text MATCH ? ORDER BY t.rank LIMIT ?
            """
        )
        try statement.bind(1, expression)
        try statement.bind(2, Int64(limit))
        var matches: [Match] = []
        try statement.forEachRow { row in
            guard let content = row.digest(0) else { return }
            matches.append(Match(content: content, rank: row.real(1)))
        }
        return matches
    }

    private func write<T: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await self.noticingDamage { try await self.database.write(body) }
    }

    private func access<T: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await self.noticingDamage { try await self.database.access(body) }
    }

    /// Calls `body`; a damaged file is unlinked, so that the next start makes a new one. The catalog itself is not
    /// touched by that.
    private func noticingDamage<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as SQLiteError where error.code == .corrupt {
            self.logger.error(
                "search index is damaged and was removed",
                metadata: ["catalog.reason": "\(error.message)"]
            )
            try await SQLiteDatabase.remove(path: self.database.path)
            throw CatalogError(.corrupt, "the search index is damaged; the next start makes a new one")
        }
    }

    func checkpoint() async throws {
        try await self.database.checkpoint()
    }

    func close() async throws {
        self.readers.close()
        try await self.database.close()
    }
}
