internal import TarnBlobStore
internal import TarnCore
internal import TarnSegment

/// The entries of the log whose blobs this node has not all got, as far as it wrote down: those without an
/// acknowledgement.
struct UnacknowledgedEntries: Sendable {
    private static let pageBytesMax = 8 << 20

    let store: BlobStore

    /// Calls `visit` with those at or below `op`, ascending, a page of the log at a time. Entries that are missing
    /// themselves are passed over.
    func forEachPage(through op: Op, _ visit: ([LogEntry]) async throws -> Void) async throws {
        var after = self.store.log.acknowledgedSinceGenesis
        while after < op {
            let entries = try await self.store.entries(after: after, bytesMax: Self.pageBytesMax)
            guard let last = entries.last else {
                after = after.next
                continue
            }
            let found = entries.filter { $0.header.op <= op && !self.store.isAcknowledged($0.header.op) }
            if !found.isEmpty { try await visit(found) }
            after = last.header.op
        }
    }
}
