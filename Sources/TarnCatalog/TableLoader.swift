internal import TarnCore
internal import TarnDelta
internal import TarnSQLite

/// Replays Delta logs into the rows of tables and their files: only new commits where the log was appended to, all of
/// them else.
struct TableLoader {
    let catalog: Catalog

    private enum Limits {
        /// Commits replayed in one transaction, and their bytes.
        static let batchCountMax = 64
        static let batchBytesMax: UInt64 = 8 << 20
    }

    /// What is to be done for one table.
    struct Plan: Sendable {
        let tableID: Int64
        /// Raised by every change of the log; tells whether the plan still holds at its end.
        let marks: Int64
        /// Whether what was replayed before is no beginning of the present log.
        let isFromStart: Bool
        let commits: [Commit]
    }

    struct Commit: Sendable {
        let version: Int64
        let entry: Entry
    }

    /// Replays every log that changed; false when `deadline` came first.
    func run(until deadline: ContinuousClock.Instant) async throws -> Bool {
        while let plan = try await self.catalog.database.access({ try TablePlanner.next(on: $0) }) {
            do {
                guard try await self.carryOut(plan, until: deadline) else { return false }
            } catch let error as SQLiteError where [.failed, .tooBig].contains(error.code) {
                // One table that cannot be replayed must not keep the others, documents and search from what they need.
                try await self.catalog.database.write { connection in
                    try TableWriter(tableID: plan.tableID, connection: connection)
                        .fail(marks: plan.marks, trouble: error.message)
                }
            }
        }
        return true
    }

    /// False when `deadline` came first; what was replayed until then is kept.
    private func carryOut(_ plan: Plan, until deadline: ContinuousClock.Instant) async throws -> Bool {
        if plan.isFromStart {
            try await self.catalog.database.write { try TableWriter(tableID: plan.tableID, connection: $0).reset() }
        }
        var trouble: String?
        var state = CatalogSchema.ReadState.done
        var rest = plan.commits[...]
        while !rest.isEmpty, trouble == nil {
            guard ContinuousClock.now < deadline else { return false }
            let batch = Self.takeBatch(from: &rest)
            var contents: [(Commit, [UInt8])] = []
            reading: for commit in batch {
                let bytesMax = self.catalog.configuration.commitBytesMax
                switch try await self.catalog.read(commit.entry, bytesMax: bytesMax) {
                case .bytes(let bytes): contents.append((commit, bytes))
                case .unreadable(let reason):
                    trouble = "commit \(commit.version): \(reason)"
                    break reading
                case .failed(let reason):
                    trouble = "commit \(commit.version): \(reason)"
                    state = CatalogSchema.ReadState.failed
                    break reading
                }
            }
            let complaint = try await self.replay(contents, of: plan)
            trouble = complaint ?? trouble
        }
        let (finalTrouble, finalState) = (trouble, state)
        try await self.catalog.database.write { connection in
            let writer = TableWriter(tableID: plan.tableID, connection: connection)
            try writer.finish(marks: plan.marks, state: finalState, trouble: finalTrouble)
        }
        return true
    }

    /// Applies the commits in one transaction, up to the first that is damaged, whose complaint is returned.
    private func replay(_ contents: [(Commit, [UInt8])], of plan: Plan) async throws -> String? {
        try await self.catalog.database.write { connection in
            let writer = TableWriter(tableID: plan.tableID, connection: connection)
            for (commit, bytes) in contents {
                let parsed: DeltaCommit
                do throws(DeltaError) {
                    parsed = try DeltaCommit(version: commit.version, bytes: bytes)
                } catch {
                    return error.message
                }
                try writer.apply(parsed, content: commit.entry.content)
            }
            return nil
        }
    }

    private static func takeBatch(from rest: inout ArraySlice<Commit>) -> ArraySlice<Commit> {
        var bytesCount: UInt64 = 0
        var count = 0
        for commit in rest.prefix(Limits.batchCountMax) {
            bytesCount += commit.entry.size
            if count > 0, bytesCount > Limits.batchBytesMax { break }
            count += 1
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
