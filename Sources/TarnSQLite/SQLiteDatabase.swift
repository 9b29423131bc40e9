internal import Dispatch
internal import GRDB
internal import Glibc

/// The writing side of a database file: one connection in WAL mode, on a thread of its own.
package final class SQLiteDatabase: Sendable {
    package let path: String
    private let queue: DatabaseQueue
    private let box: ConnectionBox

    /// Holds the connection with its prepared statements. Only touched on the queue's thread, which makes it safe to
    /// share.
    private final class ConnectionBox: @unchecked Sendable {
        private var connection: SQLiteConnection?

        func connection(of database: Database) throws(SQLiteError) -> SQLiteConnection {
            if let connection { return connection }
            guard let handle = database.sqliteConnection else { throw SQLiteError(.closed, "the database is closed") }
            let connection = SQLiteConnection(borrowing: handle)
            self.connection = connection
            return connection
        }

        func finalizeStatements() {
            self.connection?.finalizeStatements()
            self.connection = nil
        }
    }

    private init(path: String, configuration: SQLiteConfiguration) throws {
        var settings = Configuration()
        settings.label = "tarn.sqlite.writer"
        settings.busyMode = .timeout(5)
        settings.foreignKeysEnabled = false
        let script = configuration.writerScript
        settings.prepareDatabase { try $0.execute(sql: script) }
        self.path = path
        self.queue = try DatabaseQueue(path: path, configuration: settings)
        self.box = ConnectionBox()
    }

    /// Opens the file at `path`, which is made when it is absent. Throws ``SQLiteError``.
    package static func open(path: String, configuration: SQLiteConfiguration) async throws -> SQLiteDatabase {
        try await SQLiteThread.run(label: "tarn.sqlite.open") {
            try Self.translatingErrors { try SQLiteDatabase(path: path, configuration: configuration) }
        }
    }

    /// Unlinks the file at `path` and what SQLite keeps beside it. Open connections go on with what they have.
    package static func remove(path: String) async throws {
        try await SQLiteThread.run(label: "tarn.sqlite.remove") {
            for suffix in ["", "-wal", "-shm", "-journal"] where unlink(path + suffix) != 0 && errno != ENOENT {
                throw SQLiteError(.inputOutput, "cannot remove '\(path)\(suffix)': error \(errno)")
            }
        }
    }

    /// Calls `body` in one transaction, which is rolled back when it throws. Throws ``SQLiteError`` and what `body`
    /// throws.
    package func write<T: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        let box = self.box
        do {
            return try await self.queue.write { try body(box.connection(of: $0)) }
        } catch {
            throw Self.translate(error)
        }
    }

    /// Calls `body` without a transaction, for reading and for statements that cannot run in one.
    package func access<T: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        let box = self.box
        do {
            return try await self.queue.writeWithoutTransaction { try body(box.connection(of: $0)) }
        } catch {
            throw Self.translate(error)
        }
    }

    /// Copies the write-ahead log into the file and cuts it, unless readers are in the way.
    package func checkpoint() async throws {
        try await self.access { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    /// Frees the statements and closes the connection; afterwards every call throws.
    package func close() async throws {
        let (queue, box) = (self.queue, self.box)
        try await SQLiteThread.run(label: "tarn.sqlite.close") {
            try Self.translatingErrors {
                queue.inDatabase { _ in box.finalizeStatements() }
                try queue.close()
            }
        }
    }

    private static func translatingErrors<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw Self.translate(error)
        }
    }

    private static func translate(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return SQLiteError(
            resultCode: Int32(error.resultCode.rawValue),
            message: error.message ?? error.resultCode.description
        )
    }
}
