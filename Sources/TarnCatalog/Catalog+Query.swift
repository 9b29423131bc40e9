internal import Synchronization
internal import TarnCore
internal import TarnSQLite

extension Catalog {
    private enum QueryOutcome: Sendable {
        case result(QueryResult)
        /// The statement reads views whose rows are not yet read from contents.
        case needsContents
    }

    /// Executes one SELECT over the documented views and returns all of its rows.
    ///
    /// Too many rows are an error, unless `allowsTruncation`. Throws ``CatalogError`` with code `rejected`, `syntax`,
    /// `timeout`,
    /// `tooManyRows`, `memoryExceeded`, `busy` or `corrupt`.
    package func query(
        _ sql: String,
        parameters: [CatalogValue] = [],
        allowsTruncation: Bool = false
    ) async throws -> QueryResult {
        self.noteQuestion()
        let start = ContinuousClock.now
        var isAnswered = false
        defer {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
            self.state.withLock { state in
                state.queries.latency.note(nanoseconds: nanoseconds)
                if !isAnswered { state.queries.failedCount += 1 }
            }
        }
        let run = QueryRun(
            sql: sql,
            parameters: parameters,
            rowsMax: self.configuration.queryRowsMax,
            bytesMax: self.configuration.queryResultBytesMax,
            allowsTruncation: allowsTruncation
        )
        let deadline = ContinuousClock.now + .milliseconds(self.configuration.queryTimeMilliseconds)
        if case .result(let result) = try await self.attempt(run, acceptsUnread: false, until: deadline) {
            isAnswered = true
            return result
        }
        try await self.readContents(until: deadline)
        guard case .result(let result) = try await self.attempt(run, acceptsUnread: true, until: deadline) else {
            throw CatalogError(.busy, "documents and tables are still being read")
        }
        isAnswered = true
        return result
    }

    /// How queries fared since the catalog was opened.
    package var queryStatistics: QueryStatistics { self.state.withLock { $0.queries } }

    private func attempt(
        _ run: QueryRun,
        acceptsUnread: Bool,
        until deadline: ContinuousClock.Instant
    ) async throws -> QueryOutcome {
        let cancellation = SQLiteCancellation()
        return try await withTaskCancellationHandler {
            try await self.translatingErrors {
                try await self.readers.run { connection in
                    guard !cancellation.isCancelled else { throw CancellationError() }
                    return try connection.withBudget(until: deadline, cancellation: cancellation) {
                        let statement = try run.prepare(on: connection)
                        if !acceptsUnread, !statement.tablesRead.isDisjoint(with: Self.derivedViews),
                            self.state.withLock({ $0.hasUnreadContents })
                        {
                            return .needsContents
                        }
                        if statement.tablesRead.contains(DatacenterTable.name) {
                            try self.refreshDatacenters(on: connection)
                        }
                        return .result(try run.execute(statement, on: connection))
                    }
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func refreshDatacenters(on connection: SQLiteConnection) throws {
        let (rows, version) = self.state.withLock { ($0.datacenters, $0.datacentersVersion) }
        try connection.withTrust {
            try DatacenterTable.refresh(rows: rows, version: version, on: connection)
        }
    }
}
