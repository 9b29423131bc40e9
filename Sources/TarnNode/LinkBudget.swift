internal import Synchronization

/// The buckets of one link, by class: what a node pulls from one datacentre never takes more of the link than it may.
final class LinkBudget: Sendable {
    private let buckets: Mutex<[TokenBucket?]>

    init(_ settings: LinkSettings) {
        let now = WallClock.monotonicNanoseconds()
        self.buckets = Mutex(
            TransferClass.allCases.map { transfer in
                settings.bytesPerSecond(of: transfer).map { TokenBucket(bytesPerSecond: $0, now: now) }
            }
        )
    }

    /// Pays for what came, and returns when the next piece may be asked for. Throws when the task is cancelled.
    func pay(_ bytesCount: Int, for transfer: TransferClass) async throws {
        let wait = self.buckets.withLock { buckets in
            buckets[transfer.rawValue]?.take(bytesCount, now: WallClock.monotonicNanoseconds()) ?? 0
        }
        if wait > 0 { try await Task.sleep(for: .nanoseconds(Int64(clamping: wait))) }
    }
}
