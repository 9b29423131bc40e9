internal import DequeModule
internal import Synchronization

/// What a node pulls over the link to one datacentre, by class: never more bytes a second than it may, and a few requests
/// at a time, so that catching up with thousands of ops takes no more memory than with a few.
final class LinkBudget: Sendable {
    /// Requests of one class that are under way at once.
    static let requestsMax = 4

    private struct Lane {
        var bucket: TokenBucket?
        var underWayCount = 0
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    /// By class.
    private let lanes: Mutex<[Lane]>

    init(_ settings: LinkSettings) {
        let now = WallClock.monotonicNanoseconds()
        self.lanes = Mutex(
            TransferClass.allCases.map { transfer in
                Lane(
                    bucket: settings.bytesPerSecond(of: transfer).map { TokenBucket(bytesPerSecond: $0, now: now) }
                )
            }
        )
    }

    /// Returns when another request may begin, first come, first served; ``leave(_:)`` ends it.
    func enter(_ transfer: TransferClass) async {
        await withCheckedContinuation { continuation in
            let isFree = self.lanes.withLock { lanes in
                guard lanes[transfer.rawValue].underWayCount == Self.requestsMax else {
                    lanes[transfer.rawValue].underWayCount += 1
                    return true
                }
                lanes[transfer.rawValue].waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave(_ transfer: TransferClass) {
        let next = self.lanes.withLock { lanes in
            // Whoever waits takes over the place.
            let next = lanes[transfer.rawValue].waiting.popFirst()
            if next == nil { lanes[transfer.rawValue].underWayCount -= 1 }
            return next
        }
        next?.resume()
    }

    /// Pays for what came, and returns when the next piece may be asked for. Throws when the task is cancelled.
    func pay(_ bytesCount: Int, for transfer: TransferClass) async throws {
        let wait = self.lanes.withLock { lanes in
            lanes[transfer.rawValue].bucket?.take(bytesCount, now: WallClock.monotonicNanoseconds()) ?? 0
        }
        if wait > 0 { try await Task.sleep(for: .nanoseconds(Int64(clamping: wait))) }
    }
}
