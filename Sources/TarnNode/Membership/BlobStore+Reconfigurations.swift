internal import TarnBlobStore
internal import TarnCore

/// Where the log changes who belongs to the cluster.
extension BlobStore {
    /// The entry that begins configuration `epoch`; `last`, which must be in the log, is of it or of a later one.
    func reconfiguration(to epoch: UInt64, through last: Op) async throws -> LogEntry {
        // Epochs only grow along the log, and the entry that begins one bears it.
        var (low, high) = (UInt64(1), last.number)
        while low < high {
            let middle = low + (high - low) / 2
            let header = try await self.headers(after: Op(middle - 1), limit: 1).first
            if let header, header.configurationEpoch >= epoch { high = middle } else { low = middle + 1 }
        }
        guard let entry = try await self.entry(at: Op(low)), entry.header.kind == .reconfigure else {
            throw NodeError(.internalError, "op \(low) begins epoch \(epoch) and does not say with which members")
        }
        return entry
    }

    /// All entries up to `last` that changed the membership, in order.
    func reconfigurations(through last: Op) async throws -> [LogEntry] {
        guard let before = last.previous, let header = try await self.headers(after: before, limit: 1).first,
            header.configurationEpoch > 0
        else { return [] }
        var out: [LogEntry] = []
        for epoch in 1...header.configurationEpoch {
            out.append(try await self.reconfiguration(to: epoch, through: last))
        }
        return out
    }
}
