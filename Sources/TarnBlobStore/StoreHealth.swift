internal import Synchronization
internal import TarnCore
internal import TarnStorage

/// Whether the store may write: watches free space, and remembers how fast the disk is and when it failed.
final class StoreHealth: Sendable {
    private struct State {
        var failure: String?
        var isClosed = false
        var syncs = LatencyCounts()
    }

    private let state = Mutex(State())
    private let storage: any Storage
    private let directory: String
    private let reserveBytesCount: UInt64

    init(storage: any Storage, directory: String, reserveBytesCount: UInt64) {
        self.storage = storage
        self.directory = directory
        self.reserveBytesCount = reserveBytesCount
    }

    /// Bytes that new content may still take; what is kept in reserve is not among them.
    var freeBytesCount: UInt64 {
        let free = (try? self.storage.freeBytesCount(at: self.directory)) ?? 0
        return free > self.reserveBytesCount ? free - self.reserveBytesCount : 0
    }

    /// Why new content is refused, or nil. Recovers by itself when space returns.
    var readOnlyReason: String? {
        if let failure = self.state.withLock({ $0.failure }) { return failure }
        guard self.freeBytesCount == 0 else { return nil }
        return "the disk that holds \(self.directory) is full but for a reserve of \(self.reserveBytesCount >> 20) MiB"
    }

    /// Throws when `bytesCount` bytes may not be written now.
    func admit(_ bytesCount: Int, mayUseReserve: Bool) throws(StoreError) {
        let (failure, isClosed) = self.state.withLock { ($0.failure, $0.isClosed) }
        if isClosed { throw StoreError(.closed, "the store is closed") }
        if let failure { throw StoreError(.readOnly, failure) }
        guard !mayUseReserve, self.freeBytesCount < UInt64(bytesCount) else { return }
        throw StoreError(
            .noSpace,
            "no space for \(bytesCount) bytes: \(self.readOnlyReason ?? "the disk is nearly full")"
        )
    }

    /// Remembers the first failure after which nothing may be written any more.
    func fail(_ reason: String) {
        self.state.withLock { if $0.failure == nil { $0.failure = reason } }
    }

    /// Notes how long one batch took to become durable.
    func note(syncNanoseconds: UInt64) {
        self.state.withLock { $0.syncs.note(nanoseconds: syncNanoseconds) }
    }

    /// How long batches took to become durable, since the store was opened.
    var syncLatency: LatencyCounts { self.state.withLock { $0.syncs } }

    func close() {
        self.state.withLock { $0.isClosed = true }
    }
}
