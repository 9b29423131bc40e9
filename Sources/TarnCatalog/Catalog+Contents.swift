internal import Synchronization
internal import TarnCore
internal import TarnSQLite

extension Catalog {
    /// Reads what documents and Delta logs hold, up to the present op; at most one task at a time does so, the others
    /// wait for it.
    ///
    /// Throws ``CatalogError`` with code `busy` when that takes until after `deadline`; it goes on from there next
    /// time.
    func readContents(until deadline: ContinuousClock.Instant) async throws {
        while true {
            let round = self.refreshWaiters.value
            switch self.state.withLock({ $0.beginRefresh() }) {
            case .upToDate: return
            case .waits:
                let rest = max(0, Int((deadline - ContinuousClock.now) / .milliseconds(1)))
                guard try await self.refreshWaiters.wait(for: round + 1, milliseconds: rest) else { throw Self.late }
            case .start(let dirty):
                var through: UInt64?
                defer {
                    self.state.withLock { $0.endRefresh(through: through) }
                    self.refreshWaiters.increment()
                }
                try await self.translatingErrors {
                    guard try await DocumentLoader(catalog: self).run(until: deadline),
                        try await TableLoader(catalog: self).run(until: deadline)
                    else { throw Self.late }
                }
                through = dirty
            }
        }
    }

    /// Makes contents that could not be read be tried again.
    func retryFailedContents() async throws {
        let count = try await self.translatingErrors {
            try await self.database.write { connection in
                var count = 0
                for table in ["document", "delta_table"] {
                    let statement = try connection.statement(
                        """
                        UPDATE \(table) SET state = \(CatalogSchema.ReadState.pending)
                        WHERE state <> \(CatalogSchema.ReadState.done) AND state = \(CatalogSchema.ReadState.failed)
                        """
                    )
                    try statement.run()
                    count += connection.changesCount
                }
                return count
            }
        }
        if count > 0 { self.state.withLock { $0.markDerived() } }
    }

    private static let late = CatalogError(.busy, "documents and tables are still being read: ask again")
}
