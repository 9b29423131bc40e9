internal import TarnCore
internal import TarnSQLite

/// One stranger's statement with its limits.
struct QueryRun: Sendable {
    let sql: String
    let parameters: [CatalogValue]
    let rowsMax: Int
    let bytesMax: Int
    let allowsTruncation: Bool

    func prepare(on connection: SQLiteConnection) throws -> SQLiteStatement {
        do throws(SQLiteError) {
            return try connection.restrictedStatement(self.sql)
        } catch {
            guard error.code == .failed || error.code == .tooBig else { throw error }
            throw CatalogError(.syntax, error.message)
        }
    }

    /// Reads the watermark and the rows in one transaction, so that both show the same state.
    func execute(_ statement: SQLiteStatement, on connection: SQLiteConnection) throws -> QueryResult {
        let watermark = try connection.withTrust { try connection.statement("SELECT op FROM state") }
        // Not reset before the rows are read: an unfinished statement keeps the read transaction open.
        defer { watermark.reset() }
        guard try watermark.step(), !watermark.isNull(0) else {
            throw CatalogError(.busy, "the catalog is being rebuilt")
        }
        let op = Op(UInt64(clamping: watermark.integer(0)))
        try self.bind(statement)
        defer {
            statement.reset()
            statement.clearBindings()
        }
        let columnCount = statement.columnCount
        var rows: [[CatalogValue]] = []
        var bytesCount = 0
        var isTruncated = false
        do {
            while try statement.step() {
                let row = (0..<columnCount).map { Self.value(of: statement, at: $0) }
                bytesCount += row.reduce(0) { $0 + $1.bytesCount }
                guard rows.count < self.rowsMax, bytesCount <= self.bytesMax else {
                    guard self.allowsTruncation else { throw self.tooMany }
                    isTruncated = true
                    break
                }
                rows.append(row)
            }
        } catch let error as SQLiteError where error.code == .failed {
            throw CatalogError(.syntax, error.message)
        }
        return QueryResult(
            columns: (0..<columnCount).map { statement.columnName($0) },
            rows: rows,
            op: op,
            isTruncated: isTruncated
        )
    }

    private var tooMany: CatalogError {
        CatalogError(
            .tooManyRows,
            "the result has more than \(self.rowsMax) rows or \(self.bytesMax) bytes: add a LIMIT or ask for fewer columns"
        )
    }

    private func bind(_ statement: SQLiteStatement) throws {
        guard statement.parameterCount == self.parameters.count else {
            throw CatalogError(
                .rejected,
                "the statement has \(statement.parameterCount) parameters, but \(self.parameters.count) are given"
            )
        }
        for (index, value) in self.parameters.enumerated() {
            switch value {
            case .null: try statement.bindNull(index + 1)
            case .integer(let value): try statement.bind(index + 1, value)
            case .real(let value): try statement.bind(index + 1, value)
            case .text(let value): try statement.bind(index + 1, value)
            case .blob(let value): try statement.bind(index + 1, blob: value)
            }
        }
    }

    private static func value(of statement: SQLiteStatement, at index: Int) -> CatalogValue {
        switch statement.kind(index) {
        case .null: .null
        case .integer: .integer(statement.integer(index))
        case .real: .real(statement.real(index))
        case .text: .text(statement.text(index))
        case .blob: .blob(statement.bytes(index))
        }
    }
}
