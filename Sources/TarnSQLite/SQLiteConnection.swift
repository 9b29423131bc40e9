internal import GRDBSQLite

/// One connection to a database file, used by one thread at a time: the writer's or a reader's.
package final class SQLiteConnection {
    private let handle: OpaquePointer
    /// False for the writer's connection, which GRDB opened and closes.
    private let ownsHandle: Bool
    private var cache = SQLiteStatementCache(countMax: Limits.ownStatementsMax)
    /// Strangers' statements, apart from our own even where the text is the same.
    private var restrictedCache = SQLiteStatementCache(countMax: Limits.restrictedStatementsMax)
    private var statementGuard: SQLiteGuard?

    private enum Limits {
        static let ownStatementsMax = 128
        static let restrictedStatementsMax = 32
        /// Longer statements are prepared every time, because their programs may be large.
        static let restrictedSQLBytesMax = 4 << 10
    }

    /// Wraps a connection that somebody else closes, after ``finalizeStatements()``.
    init(borrowing handle: OpaquePointer) {
        self.handle = handle
        self.ownsHandle = false
    }

    /// Opens an existing file for reading.
    init(readingFileAt path: String, configuration: SQLiteConfiguration) throws(SQLiteError) {
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard result == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(resultCode: result, message: "cannot open '\(path)': \(message)")
        }
        self.handle = opened
        self.ownsHandle = true
        _disableDoubleQuotedStringLiterals(opened)
        sqlite3_busy_timeout(opened, 1_000)
        try self.execute(configuration.readerScript)
    }

    deinit {
        self.finalizeStatements()
        if self.ownsHandle { sqlite3_close_v2(self.handle) }
    }

    /// The statement for `sql`, prepared at its first use. One statement must not be used again before it was reset.
    package func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let cached = self.cache.statement(for: sql) { return cached }
        let statement = try self.prepare(sql)
        self.cache.insert(statement, for: sql)
        return statement
    }

    /// Executes every statement of `script`.
    package func execute(_ script: String) throws(SQLiteError) {
        let result = sqlite3_exec(self.handle, script, nil, nil, nil)
        guard result == SQLITE_OK else { throw self.error(result) }
    }

    /// The integer in the first column of the first row of `sql`; nil without a row or for null.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try self.statement(sql)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(0) else { return nil }
        return statement.integer(0)
    }

    /// Rows changed by the last statement.
    package var changesCount: Int { Int(sqlite3_changes(self.handle)) }
    /// The integer key of the row inserted last.
    package var lastInsertedID: Int64 { sqlite3_last_insert_rowid(self.handle) }

    /// Frees every statement, so that the connection can be closed.
    func finalizeStatements() {
        self.cache.removeAll()
        self.restrictedCache.removeAll()
    }

    // MARK: Statements of strangers

    /// From now on only what `rules` allow can be prepared, except inside ``withTrust(_:)``.
    package func restrict(to rules: SQLiteRules) throws(SQLiteError) {
        // A table function declares its table at its first use, which the rules would deny.
        for function in SQLiteRules.harmlessTableFunctions { _ = try self.integer("SELECT 1 FROM \(function)('[]')") }
        let statementGuard = SQLiteGuard(rules: rules)
        statementGuard.install(on: self.handle)
        self.statementGuard = statementGuard
    }

    /// Calls `body`, in which statements of our own may be prepared.
    package func withTrust<T>(_ body: () throws -> T) rethrows -> T {
        guard let statementGuard else { return try body() }
        let wasTrusted = statementGuard.isTrusted
        statementGuard.isTrusted = true
        defer { statementGuard.isTrusted = wasTrusted }
        return try body()
    }

    /// The statement for a stranger's `sql`: exactly one statement, which only reads and which the rules allow.
    package func restrictedStatement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let cached = self.restrictedCache.statement(for: sql) { return cached }
        guard let statementGuard else { throw SQLiteError(.denied, "the connection is not restricted") }
        statementGuard.beginPrepare()
        let statement: SQLiteStatement
        do {
            statement = try self.prepare(sql, isAlone: true)
        } catch {
            throw statementGuard.explain(error)
        }
        if let denial = statementGuard.endPrepare() { throw denial }
        guard statement.isReadOnly, statement.columnCount > 0 else {
            throw SQLiteError(.denied, "only SELECT is possible")
        }
        if sql.utf8.count <= Limits.restrictedSQLBytesMax { self.restrictedCache.insert(statement, for: sql) }
        return statement
    }

    /// Calls `body`, whose statements must end by `deadline` and stop when `cancellation` is set.
    package func withBudget<T>(
        until deadline: ContinuousClock.Instant,
        cancellation: SQLiteCancellation,
        _ body: () throws -> T
    ) throws -> T {
        guard let statementGuard else { return try body() }
        statementGuard.beginBudget(until: deadline, cancellation: cancellation)
        defer { statementGuard.endBudget() }
        do {
            return try body()
        } catch let error as SQLiteError {
            throw statementGuard.explain(error)
        }
    }

    // MARK: Private

    private func prepare(_ sql: String, isAlone: Bool = false) throws(SQLiteError) -> SQLiteStatement {
        var sql = sql
        let outcome = sql.withUTF8 { text -> Result<SQLiteStatement, SQLiteError> in
            let text = UnsafeRawBufferPointer(text).bindMemory(to: CChar.self)
            return self.prepare(text, isAlone: isAlone)
        }
        return try outcome.get()
    }

    private func prepare(
        _ text: UnsafeBufferPointer<CChar>,
        isAlone: Bool
    ) -> Result<SQLiteStatement, SQLiteError> {
        guard let start = text.baseAddress, !text.contains(0) else {
            return .failure(SQLiteError(.failed, "no statement, or a NUL character in it"))
        }
        var compiled: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let result = sqlite3_prepare_v3(self.handle, start, Int32(text.count), flags, &compiled, &tail)
        guard result == SQLITE_OK else { return .failure(self.error(result)) }
        guard let compiled else { return .failure(SQLiteError(.failed, "no statement")) }
        let statement = SQLiteStatement(handle: compiled, tablesRead: self.statementGuard?.tablesRead ?? [])
        guard isAlone, let tail else { return .success(statement) }
        let restCount = text.count - (tail - start)
        guard restCount > 0 else { return .success(statement) }
        var second: OpaquePointer?
        let secondResult = sqlite3_prepare_v3(self.handle, tail, Int32(restCount), 0, &second, nil)
        sqlite3_finalize(second)
        guard secondResult == SQLITE_OK, second == nil else {
            return .failure(SQLiteError(.denied, "only one statement at a time is possible"))
        }
        return .success(statement)
    }

    private func error(_ result: Int32) -> SQLiteError {
        SQLiteError(resultCode: result, message: String(cString: sqlite3_errmsg(self.handle)))
    }
}
