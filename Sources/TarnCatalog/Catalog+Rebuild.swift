internal import Synchronization
package import TarnCore
internal import TarnSQLite

extension Catalog {
    /// Empties the catalog, which answers `busy` from now on until ``endRebuild(at:history:)``.
    package func beginRebuild() async throws {
        self.state.withLock { state in
            state.isRebuilding = true
            state.appliedOp = nil
            state.restoreText(.everything)
        }
        self.appliedWaiters.reset(to: 0)
        try await self.translatingErrors {
            try await self.database.write { try CatalogSchema.clear(on: $0) }
        }
    }

    /// Adds entries of the state that the catalog shall show, best in the order of paths and some thousands at a time.
    package func appendRebuild(_ entries: [(NamespacePath, Entry)]) async throws {
        guard self.state.withLock({ $0.isRebuilding }) else {
            throw CatalogError(.gap, "no rebuild was begun")
        }
        try await self.translatingErrors {
            try await self.database.write { connection in
                var writer = try EntryWriter(connection: connection)
                for (path, entry) in entries { try writer.put(entry, at: path) }
                try writer.finish()
            }
        }
        self.activity.increment()
    }

    /// Adds rows of the log at or below the op of the rebuild, some thousands at a time.
    package func appendRebuild(history: [LogHeader]) async throws {
        guard self.state.withLock({ $0.isRebuilding }) else {
            throw CatalogError(.gap, "no rebuild was begun")
        }
        try await self.translatingErrors {
            try await self.database.write { connection in
                for header in history { try LogWriter.insert(header, changesCount: nil, on: connection) }
            }
        }
        self.activity.increment()
    }

    /// The entries are complete and show the state after `header`, whose row need not be among `history`.
    package func endRebuild(at header: LogHeader, history: [LogHeader] = []) async throws {
        try await self.appendRebuild(history: history + [header])
        try await self.translatingErrors {
            try await self.database.write { try LogWriter.setWatermark(header, on: $0) }
        }
        self.state.withLock { state in
            state.isRebuilding = false
            state.appliedOp = header.op
            state.markDerived()
        }
        self.activity.increment()
        self.appliedWaiters.advance(to: header.op.number + 1)
    }

    /// Rebuilds the catalog from the namespace after `header`, given in batches, and from headers of the log up to it.
    package func rebuild<Batches: AsyncSequence & Sendable>(
        at header: LogHeader,
        entries: Batches,
        history: [LogHeader]
    ) async throws where Batches.Element == [(NamespacePath, Entry)] {
        try await self.beginRebuild()
        for try await batch in entries { try await self.appendRebuild(batch) }
        try await self.endRebuild(at: header, history: history)
    }
}
