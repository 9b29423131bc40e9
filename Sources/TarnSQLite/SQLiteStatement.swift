internal import GRDBSQLite
package import TarnCore

/// A prepared statement of one connection. Parameters are numbered from 1, columns from 0, as in SQLite.
///
/// Bound bytes are copied, so that the caller's buffers may go.
package final class SQLiteStatement {
    /// The type of a value in a row.
    package enum ColumnKind: Sendable {
        case null
        case integer
        case real
        case text
        case blob
    }

    /// The documented tables and views that the statement reads; empty for statements of an unrestricted connection.
    package let tablesRead: Set<String>
    private let handle: OpaquePointer

    init(handle: OpaquePointer, tablesRead: Set<String> = []) {
        self.handle = handle
        self.tablesRead = tablesRead
    }

    deinit {
        sqlite3_finalize(self.handle)
    }

    package var columnCount: Int { Int(sqlite3_column_count(self.handle)) }
    package var parameterCount: Int { Int(sqlite3_bind_parameter_count(self.handle)) }
    var isReadOnly: Bool { sqlite3_stmt_readonly(self.handle) != 0 }

    package func columnName(_ index: Int) -> String {
        sqlite3_column_name(self.handle, Int32(index)).map { String(cString: $0) } ?? ""
    }

    // MARK: Parameters

    package func bindNull(_ index: Int) throws(SQLiteError) {
        try self.check(sqlite3_bind_null(self.handle, Int32(index)))
    }

    package func bind(_ index: Int, _ value: Int64) throws(SQLiteError) {
        try self.check(sqlite3_bind_int64(self.handle, Int32(index), value))
    }

    package func bind(_ index: Int, _ value: Int64?) throws(SQLiteError) {
        if let value { try self.bind(index, value) } else { try self.bindNull(index) }
    }

    package func bind(_ index: Int, _ value: Double) throws(SQLiteError) {
        try self.check(sqlite3_bind_double(self.handle, Int32(index), value))
    }

    package func bind(_ index: Int, _ value: String) throws(SQLiteError) {
        var value = value
        let result = value.withUTF8 { self.bindText(index, UnsafeRawBufferPointer($0)) }
        try self.check(result)
    }

    package func bind(_ index: Int, _ value: String?) throws(SQLiteError) {
        if let value { try self.bind(index, value) } else { try self.bindNull(index) }
    }

    /// Binds bytes as text, which must be UTF-8.
    package func bind(_ index: Int, text: [UInt8]) throws(SQLiteError) {
        try self.check(text.withUnsafeBytes { self.bindText(index, $0) })
    }

    package func bind(_ index: Int, blob: [UInt8]) throws(SQLiteError) {
        let result = blob.withUnsafeBytes { bytes in
            sqlite3_bind_blob64(
                self.handle,
                Int32(index),
                bytes.baseAddress ?? Self.empty,
                UInt64(bytes.count),
                Self.transient
            )
        }
        try self.check(result)
    }

    /// Binds the digest's 32 bytes, or null.
    package func bind(_ index: Int, _ value: Digest?) throws(SQLiteError) {
        guard let value else { return try self.bindNull(index) }
        let result = withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { buffer in
            value.write(to: buffer)
            return sqlite3_bind_blob(
                self.handle,
                Int32(index),
                buffer.baseAddress,
                Int32(Digest.byteCount),
                Self.transient
            )
        }
        try self.check(result)
    }

    // MARK: Execution

    /// Moves to the next row; false behind the last one. Every use must end with ``reset()``.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(self.handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let result: throw self.error(result)
        }
    }

    /// Ends the execution, so that the statement can be bound and run again and holds no read transaction open.
    package func reset() {
        sqlite3_reset(self.handle)
    }

    /// Executes a statement whose rows do not matter.
    package func run() throws(SQLiteError) {
        defer { self.reset() }
        while try self.step() {}
    }

    /// Executes the statement and calls `body` at each row.
    package func forEachRow(_ body: (SQLiteStatement) throws -> Void) throws {
        defer { self.reset() }
        while try self.step() { try body(self) }
    }

    /// Sets all parameters to null and frees what they held.
    package func clearBindings() {
        sqlite3_clear_bindings(self.handle)
    }

    // MARK: Columns of the current row

    package func kind(_ index: Int) -> ColumnKind {
        switch sqlite3_column_type(self.handle, Int32(index)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    package func isNull(_ index: Int) -> Bool {
        sqlite3_column_type(self.handle, Int32(index)) == SQLITE_NULL
    }

    package func integer(_ index: Int) -> Int64 {
        sqlite3_column_int64(self.handle, Int32(index))
    }

    package func real(_ index: Int) -> Double {
        sqlite3_column_double(self.handle, Int32(index))
    }

    package func text(_ index: Int) -> String {
        guard let start = sqlite3_column_text(self.handle, Int32(index)) else { return "" }
        let count = Int(sqlite3_column_bytes(self.handle, Int32(index)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The bytes of a blob or a text.
    package func bytes(_ index: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(self.handle, Int32(index)) else { return [] }
        let count = Int(sqlite3_column_bytes(self.handle, Int32(index)))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The digest in a blob of 32 bytes; nil for anything else.
    package func digest(_ index: Int) -> Digest? {
        guard let start = sqlite3_column_blob(self.handle, Int32(index)) else { return nil }
        let count = Int(sqlite3_column_bytes(self.handle, Int32(index)))
        return count == Digest.byteCount ? Digest(UnsafeRawBufferPointer(start: start, count: count)) : nil
    }

    // MARK: Private

    /// Tells SQLite to copy what is bound (`SQLITE_TRANSIENT`, a cast that the importer does not see).
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    /// Stands for "no bytes, but not null".
    private static var empty: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 1) }

    private func bindText(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        sqlite3_bind_text64(
            self.handle,
            Int32(index),
            (bytes.baseAddress ?? Self.empty)?.assumingMemoryBound(to: CChar.self),
            UInt64(bytes.count),
            Self.transient,
            UInt8(SQLITE_UTF8)
        )
    }

    private func check(_ result: Int32) throws(SQLiteError) {
        guard result == SQLITE_OK else { throw self.error(result) }
    }

    private func error(_ result: Int32) -> SQLiteError {
        SQLiteError(resultCode: result, message: String(cString: sqlite3_errmsg(sqlite3_db_handle(self.handle))))
    }
}
