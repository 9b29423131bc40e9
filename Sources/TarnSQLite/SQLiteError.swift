internal import GRDBSQLite

/// What SQLite, or the restrictions laid on a connection, refused.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another connection holds a lock, or every reader is taken and the queue is full.
        case busy
        /// The file is not a database, or its pages contradict each other.
        case corrupt
        /// The disk is full.
        case full
        /// A system call on the database's files failed.
        case inputOutput
        /// The statement is not allowed on a restricted connection.
        case denied
        /// The statement reads a table that does not exist or is not shown; ``SQLiteError/message`` is its name.
        case unknownTable
        /// The statement ran past its deadline.
        case timedOut
        /// The statement needed more memory than its budget.
        case memoryExceeded
        /// The task that asked was cancelled.
        case cancelled
        /// A value or a row is over its limit.
        case tooBig
        /// The database was closed.
        case closed
        /// Anything else, in practice a mistake in the SQL.
        case failed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Names the outcome `resultCode` of a call.
    init(resultCode: Int32, message: String) {
        let code: Code
        switch resultCode & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: code = .busy
        case SQLITE_CORRUPT, SQLITE_NOTADB: code = .corrupt
        case SQLITE_FULL: code = .full
        case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL: code = .inputOutput
        case SQLITE_AUTH: code = .denied
        case SQLITE_NOMEM: code = .memoryExceeded
        case SQLITE_INTERRUPT: code = .cancelled
        case SQLITE_TOOBIG: code = .tooBig
        default: code = .failed
        }
        self.init(code, message)
    }

    package var description: String { "\(self.code.rawValue): \(self.message)" }
}
