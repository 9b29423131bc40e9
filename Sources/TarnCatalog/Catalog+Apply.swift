internal import Synchronization
internal import TarnCore
internal import TarnSQLite

extension Catalog {
    /// Applies committed ops, which must follow one another and the watermark, in one transaction.
    ///
    /// Ops at or below the watermark are skipped, so a batch may be given again. An empty catalog begins with op 0 or
    /// 1. Throws
    /// ``CatalogError`` with code `gap` for ops that do not follow; nothing is applied then.
    package func apply(_ ops: [AppliedOp]) async throws {
        let (appliedOp, isRebuilding) = self.state.withLock { ($0.appliedOp, $0.isRebuilding) }
        guard !isRebuilding else { throw CatalogError(.busy, "the catalog is being rebuilt") }
        let new = try Self.newOps(of: ops, after: appliedOp)
        guard let last = new.last else { return }
        let concernsDerived = new.contains { $0.changes.contains { DerivedMarker.concerns($0.path) } }
        // Before the transaction, so that no query takes the new rows for ones whose contents were read, and again
        // behind it, in case a refresh began and ended in between.
        if concernsDerived { self.state.withLock { $0.markDerived() } }
        try await self.translatingErrors {
            try await self.database.write { connection in
                // Asked again, for another task may have applied the same ops meanwhile.
                guard try LogWriter.watermark(on: connection) == appliedOp else {
                    throw CatalogError(.busy, "ops are applied by two tasks at once")
                }
                try Self.write(new, on: connection)
                try LogWriter.setWatermark(last.header, on: connection)
            }
        }
        self.state.withLock { state in
            if concernsDerived { state.markDerived() }
            if self.searchIndex != nil {
                for op in new {
                    for change in op.changes where Self.isSearchable(change) { state.noteText(at: change.path) }
                }
            }
            state.appliedOp = last.header.op
        }
        self.activity.increment()
        self.appliedWaiters.advance(to: last.header.op.number + 1)
    }

    private static func isSearchable(_ change: AppliedChange) -> Bool {
        guard let entry = change.new, !entry.isDirectory else { return false }
        return change.path.utf8.starts(with: SearchIndex.pathPrefix)
    }

    /// The ops above `appliedOp`, checked to follow it and each other.
    private static func newOps(of ops: [AppliedOp], after appliedOp: Op?) throws -> ArraySlice<AppliedOp> {
        for (earlier, later) in zip(ops, ops.dropFirst()) where later.header.op != earlier.header.op.next {
            throw CatalogError(.gap, "op \(later.header.op) does not follow op \(earlier.header.op)")
        }
        guard let appliedOp else {
            guard let first = ops.first, first.header.op > Op(1) else { return ops[...] }
            throw CatalogError(.gap, "op \(first.header.op) cannot be the first of an empty catalog: rebuild it")
        }
        let new = ops.drop { $0.header.op <= appliedOp }
        if let first = new.first, first.header.op != appliedOp.next {
            throw CatalogError(.gap, "op \(first.header.op) does not follow op \(appliedOp), which was applied last")
        }
        return new
    }

    /// What all of `ops` come to: the last change at each path, in the order of paths.
    private static func netChanges(of ops: ArraySlice<AppliedOp>) -> [AppliedChange] {
        var changes = ops.flatMap(\.changes)
        let isSorted = zip(changes, changes.dropFirst()).allSatisfy { $0.path < $1.path }
        if isSorted { return changes }
        // The standard library's sort is stable: later ops stay behind earlier ones at the same path.
        changes.sort { $0.path < $1.path }
        var net: [AppliedChange] = []
        net.reserveCapacity(changes.count)
        for change in changes {
            if let last = net.last, last.path == change.path {
                net[net.count - 1] = AppliedChange(path: change.path, old: last.old, new: change.new)
            } else {
                net.append(change)
            }
        }
        return net
    }

    private static func write(_ ops: ArraySlice<AppliedOp>, on connection: SQLiteConnection) throws {
        var writer = try EntryWriter(connection: connection)
        for change in self.netChanges(of: ops) {
            if let entry = change.new {
                try writer.put(entry, at: change.path)
            } else {
                try writer.delete(change.path, wasDirectory: change.old?.isDirectory ?? true)
            }
        }
        try writer.finish()
        for op in ops { try LogWriter.insert(op.header, changesCount: op.changes.count, on: connection) }
    }
}
