internal import GRDBSQLite

/// Watches over the strangers' statements of one connection: what they name when they are prepared, and what they use
/// when they run.
///
/// A common table expression that takes the name of a view lets its body read the tables behind that view. They hold
/// nothing that the views do not show, so this costs nothing but the beauty of an error message.
final class SQLiteGuard {
    var isTrusted = false
    /// Documented tables and views that the statement prepared last reads.
    private(set) var tablesRead: Set<String> = []

    private let rules: SQLiteRules
    private var denial: SQLiteError?
    /// Hidden tables read without any column, which happens for `count(*)` over a view as well.
    private var hiddenTablesCounted: Set<String> = []
    private var deadline: ContinuousClock.Instant?
    private var cancellation: SQLiteCancellation?
    private var interruption: SQLiteError?
    /// What SQLite held in the whole process when the statement began, in bytes.
    private var memoryBytesAtStart: Int64 = 0

    /// Virtual machine instructions between two checks of the budget.
    private static let instructionsPerCheck: Int32 = 2_000
    /// SQLite's own limits (`sqlite3_limit`), far below what it allows by default. One instruction is never interrupted,
    /// and `instr`, `replace`, `like` and `glob` take the product of two lengths at worst: values of 1 MiB keep each of
    /// them to some seconds.
    private static let limits: [(category: Int32, value: Int32)] = [
        (SQLITE_LIMIT_LENGTH, 1 << 20), (SQLITE_LIMIT_SQL_LENGTH, 64 << 10), (SQLITE_LIMIT_COLUMN, 256),
        (SQLITE_LIMIT_EXPR_DEPTH, 100), (SQLITE_LIMIT_COMPOUND_SELECT, 32), (SQLITE_LIMIT_VDBE_OP, 100_000),
        (SQLITE_LIMIT_FUNCTION_ARG, 64), (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_024),
        (SQLITE_LIMIT_VARIABLE_NUMBER, 1_024), (SQLITE_LIMIT_TRIGGER_DEPTH, 1), (SQLITE_LIMIT_WORKER_THREADS, 0),
    ]

    init(rules: SQLiteRules) {
        self.rules = rules
    }

    /// Registers the callbacks; the connection keeps this object alive for as long as it lives.
    func install(on handle: OpaquePointer) {
        for limit in Self.limits { sqlite3_limit(handle, limit.category, limit.value) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, accessor in
                guard let context else { return SQLITE_DENY }
                return Unmanaged<SQLiteGuard>.fromOpaque(context).takeUnretainedValue()
                    .authorize(action, first, second, accessor: accessor)
            },
            context
        )
        sqlite3_progress_handler(
            handle,
            Self.instructionsPerCheck,
            { context in
                guard let context else { return 1 }
                return Unmanaged<SQLiteGuard>.fromOpaque(context).takeUnretainedValue().isOverBudget() ? 1 : 0
            },
            context
        )
    }

    // MARK: Preparing

    func beginPrepare() {
        self.tablesRead = []
        self.denial = nil
        self.hiddenTablesCounted = []
    }

    /// The denial that only the whole statement shows.
    func endPrepare() -> SQLiteError? {
        self.denial = nil
        guard self.tablesRead.isEmpty, let table = self.hiddenTablesCounted.min() else { return nil }
        return SQLiteError(.unknownTable, table)
    }

    /// The error to show instead of SQLite's own.
    func explain(_ error: SQLiteError) -> SQLiteError {
        if let interruption { return interruption }
        // A denied function or table function ends in a general error, not in one of authorization.
        if error.code == .denied || error.code == .failed, let denial { return denial }
        for prefix in ["no such table: ", "vtable constructor failed: "] where error.message.hasPrefix(prefix) {
            return SQLiteError(.unknownTable, String(error.message.dropFirst(prefix.count)))
        }
        return error
    }

    // MARK: Running

    func beginBudget(until deadline: ContinuousClock.Instant, cancellation: SQLiteCancellation) {
        self.deadline = deadline
        self.cancellation = cancellation
        self.interruption = nil
        self.memoryBytesAtStart = sqlite3_memory_used()
    }

    func endBudget() {
        self.deadline = nil
        self.cancellation = nil
    }

    private func isOverBudget() -> Bool {
        guard let deadline, let cancellation else { return false }
        if cancellation.isCancelled {
            self.interruption = SQLiteError(.cancelled, "the query was cancelled")
        } else if ContinuousClock.now >= deadline {
            self.interruption = SQLiteError(.timedOut, "the query ran past its time limit")
        } else if sqlite3_memory_used() - self.memoryBytesAtStart > Int64(self.rules.memoryBytesMax) {
            // SQLite counts memory by process, so the growth holds what ran beside as well: the limit errs to the safe side.
            self.interruption = SQLiteError(
                .memoryExceeded,
                "the query needs more memory than the \(self.rules.memoryBytesMax >> 20) MiB it may take"
            )
        } else {
            return false
        }
        return true
    }

    // MARK: Authorizing

    private func authorize(
        _ action: Int32,
        _ first: UnsafePointer<CChar>?,
        _ second: UnsafePointer<CChar>?,
        accessor: UnsafePointer<CChar>?
    ) -> Int32 {
        if self.isTrusted { return SQLITE_OK }
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: return SQLITE_OK
        case SQLITE_READ: return self.authorizeRead(table: first, column: second, accessor: accessor)
        case SQLITE_FUNCTION:
            let function = second.map { String(cString: $0).lowercased() } ?? ""
            if self.rules.functions.contains(function) { return SQLITE_OK }
            return self.deny(SQLiteError(.denied, "function \(function)() is not available"))
        default:
            return self.deny(SQLiteError(.denied, "\(Self.name(of: action)) is not possible: only SELECT is"))
        }
    }

    private func authorizeRead(
        table: UnsafePointer<CChar>?,
        column: UnsafePointer<CChar>?,
        accessor: UnsafePointer<CChar>?
    ) -> Int32 {
        let table = table.map { String(cString: $0) } ?? ""
        if self.rules.tables.contains(table) {
            self.tablesRead.insert(table)
            return SQLITE_OK
        }
        if SQLiteRules.harmlessTableFunctions.contains(table) { return SQLITE_OK }
        if let accessor {
            let view = String(cString: accessor)
            if self.rules.tables.contains(view) {
                self.tablesRead.insert(view)
                return SQLITE_OK
            }
        }
        let isHidden =
            self.rules.hiddenTables.contains(table) || table.hasPrefix("sqlite_") || table.hasPrefix("pragma_")
            || table == "dbstat"
        if column?.pointee == 0 {
            // A name without a column may be that of a common table expression, or of a table under a view.
            if isHidden { self.hiddenTablesCounted.insert(table) }
            return SQLITE_OK
        }
        return self.deny(SQLiteError(.unknownTable, table))
    }

    private func deny(_ error: SQLiteError) -> Int32 {
        if self.denial == nil { self.denial = error }
        return SQLITE_DENY
    }

    private static func name(of action: Int32) -> String {
        switch action {
        case SQLITE_ATTACH: "ATTACH"
        case SQLITE_DETACH: "DETACH"
        case SQLITE_PRAGMA: "PRAGMA"
        case SQLITE_INSERT: "INSERT"
        case SQLITE_UPDATE: "UPDATE"
        case SQLITE_DELETE: "DELETE"
        case SQLITE_TRANSACTION: "a transaction"
        case SQLITE_SAVEPOINT: "SAVEPOINT"
        case SQLITE_ANALYZE: "ANALYZE"
        case SQLITE_REINDEX: "REINDEX"
        case SQLITE_ALTER_TABLE: "ALTER TABLE"
        default: "changing the schema"
        }
    }
}
