internal import Synchronization

/// Adds up the bytes of transfers that are under way at the same time, and tells the sum.
final class TransferTally: Sendable {
    private let done = Mutex<UInt64>(0)
    private let total: UInt64
    private let progress: @Sendable (UInt64, UInt64) -> Void

    /// `progress` is told the bytes done and `total`.
    init(total: UInt64, progress: @escaping @Sendable (UInt64, UInt64) -> Void) {
        self.total = total
        self.progress = progress
    }

    /// Notes that so many more bytes were transferred.
    func note(_ bytesCount: Int) {
        let done = self.done.withLock { done in
            done += UInt64(bytesCount)
            return done
        }
        self.progress(done, self.total)
    }
}
