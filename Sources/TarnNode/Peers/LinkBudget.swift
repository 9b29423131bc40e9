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
        /// Requests that were paid for since the lane was idle, up to ``LinkBudget/requestsMax``.
        var paidCount = 0
        var waiting: Deque<CheckedContinuation<Void, Never>> = []

        /// What comes is paid for afterwards, so as many requests as begin at once come unpaid: a lane with a limit begins
        /// with one.
        private var requestsMax: Int {
            self.bucket == nil ? LinkBudget.requestsMax : min(self.paidCount + 1, LinkBudget.requestsMax)
        }

        /// Those that may begin now.
        mutating func admit() -> [CheckedContinuation<Void, Never>] {
            let count = min(self.waiting.count, max(0, self.requestsMax - self.underWayCount))
            defer { self.waiting.removeFirst(count) }
            self.underWayCount += count
            return Array(self.waiting.prefix(count))
        }
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
            self.change(transfer) { $0.waiting.append(continuation) }
        }
    }

    func leave(_ transfer: TransferClass) {
        self.change(transfer) { lane in
            lane.underWayCount -= 1
            if lane.underWayCount == 0, lane.waiting.isEmpty { lane.paidCount = 0 }
        }
    }

    /// Pays for what came, and returns when the next piece may be asked for. Throws when the task is cancelled.
    func pay(_ bytesCount: Int, for transfer: TransferClass) async throws {
        let wait = self.lanes.withLock { lanes in
            lanes[transfer.rawValue].bucket?.take(bytesCount, now: WallClock.monotonicNanoseconds()) ?? 0
        }
        if wait > 0 { try await Task.sleep(for: .nanoseconds(Int64(clamping: wait))) }
        self.change(transfer) { $0.paidCount = min($0.paidCount + 1, Self.requestsMax) }
    }

    /// Changes a lane and has those begin who may now.
    private func change(_ transfer: TransferClass, _ change: (inout Lane) -> Void) {
        let admitted = self.lanes.withLock { lanes in
            change(&lanes[transfer.rawValue])
            return lanes[transfer.rawValue].admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}
