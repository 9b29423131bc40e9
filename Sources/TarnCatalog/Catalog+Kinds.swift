internal import TarnSQLite

extension Catalog {
    /// How many paths are of one kind, and the bytes that stand there; content that stands at two paths counts twice.
    package struct KindTotal: Equatable, Sendable {
        /// `notebook` or `file`, as in view `entries`.
        package let kind: String
        package let pathsCount: UInt64
        package let bytesCount: UInt64
    }

    /// The totals of notebooks and of other files, those with the most bytes first, without kinds of which there is
    /// nothing.
    ///
    /// Throws ``CatalogError`` with code `timeout`, `busy` or `corrupt`.
    package func kindTotals() async throws -> [KindTotal] {
        let deadline = ContinuousClock.now + .milliseconds(self.configuration.queryTimeMilliseconds)
        let totals = try await self.translatingErrors {
            try await self.readers.run { connection in
                try connection.withBudget(until: deadline, cancellation: SQLiteCancellation()) {
                    // A filter for each kind takes a quarter of the time of grouping, which sorts all rows.
                    let statement = try connection.withTrust {
                        try connection.statement(
                            """
                            SELECT count(*) FILTER (WHERE kind = ?1), sum(size) FILTER (WHERE kind = ?1),
                                count(*) FILTER (WHERE kind = ?2), sum(size) FILTER (WHERE kind = ?2) FROM entry
                            """
                        )
                    }
                    defer { statement.reset() }
                    try statement.bind(1, CatalogSchema.EntryKind.notebook)
                    try statement.bind(2, CatalogSchema.EntryKind.file)
                    guard try statement.step() else { return [KindTotal]() }
                    return [
                        KindTotal("notebook", paths: statement.integer(0), bytes: statement.integer(1)),
                        KindTotal("file", paths: statement.integer(2), bytes: statement.integer(3)),
                    ]
                }
            }
        }
        return totals.filter { $0.pathsCount > 0 }.sorted { $0.bytesCount > $1.bytesCount }
    }
}

extension Catalog.KindTotal {
    fileprivate init(_ kind: String, paths: Int64, bytes: Int64) {
        self.init(kind: kind, pathsCount: UInt64(clamping: paths), bytesCount: UInt64(clamping: bytes))
    }
}
