internal import Logging
internal import Synchronization
internal import TarnCore
internal import TarnSQLite

extension Catalog {
    /// Reads contents and indexes text for as long as the task lives, always after ingest has paused; returns when the
    /// catalog is closed.
    ///
    /// Troubles are logged and tried again; only cancellation is thrown.
    package func runBackgroundWork() async throws {
        do {
            while true {
                let seen = self.activity.value
                guard try await !self.activity.wait(for: seen + 1, milliseconds: self.configuration.idleMilliseconds)
                else {
                    continue
                }
                var isDone = false
                do {
                    isDone = try await self.catchUp { self.activity.value != seen }
                    if isDone { try await self.trim() }
                } catch let error as CatalogError where error.code != .closed {
                    self.logger.warning("catalog's background work failed", metadata: ["catalog.reason": "\(error)"])
                    isDone = true
                }
                guard isDone else { continue }
                if try await !self.activity.wait(for: seen + 1, milliseconds: self.configuration.retryMilliseconds) {
                    try await self.retryFailedContents()
                }
            }
        } catch let error as CatalogError where error.code == .closed {
            return
        }
    }

    /// Reads all contents and indexes all text that the applied ops brought. `shouldStop` is asked between steps; false
    /// is returned when it said so.
    package func catchUp(shouldStop: @Sendable () -> Bool = { false }) async throws -> Bool {
        guard let op = self.appliedOp else { return true }
        do {
            let deadline = ContinuousClock.now + .milliseconds(self.configuration.queryTimeMilliseconds)
            try await self.readContents(until: deadline)
        } catch let error as CatalogError where error.code == .busy {
            return false
        }
        if shouldStop() { return false }
        guard let searchIndex else { return true }
        return try await self.translatingErrors {
            let backlog = self.state.withLock { $0.takeText() }
            var isDone = false
            defer { if !isDone { self.state.withLock { $0.restoreText(backlog) } } }
            let throughOp = try await searchIndex.throughOp()
            if throughOp != op || !backlog.isEverything {
                let indexer = TextIndexer(catalog: self, index: searchIndex)
                guard case .finished(let unread) = try await indexer.run(backlog, shouldStop: shouldStop) else {
                    return false
                }
                isDone = true
                guard unread.isEmpty else {
                    self.state.withLock { $0.restoreText(.paths(unread)) }
                    return true
                }
            }
            if throughOp != op { try await searchIndex.set(throughOp: op) }
            isDone = true
            return true
        }
    }

    /// Gives back the room of the write-ahead logs.
    private func trim() async throws {
        try await self.translatingErrors {
            try await self.database.checkpoint()
            try await self.searchIndex?.checkpoint()
        }
    }
}
