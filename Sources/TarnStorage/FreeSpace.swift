internal import Synchronization

/// Free space as the file system told it a moment ago, while there is so much that a moment does not matter: every write
/// asks, and the question costs a hundredth of a small one.
final class FreeSpace: Sendable {
    /// More than can be written within ``ageMax``.
    static let bytesMin: UInt64 = 1 << 30
    static let ageMax = Duration.milliseconds(50)

    private struct Answer {
        let path: String
        let bytesCount: UInt64
        let time: ContinuousClock.Instant
    }

    private let last = Mutex<Answer?>(nil)
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.now = now
    }

    /// What `ask` said lately of `path`, or says now.
    func bytesCount(
        at path: String,
        _ ask: () throws(StorageError) -> UInt64
    ) throws(StorageError) -> UInt64 {
        let time = self.now()
        if let last = self.last.withLock({ $0 }), last.path == path, time < last.time + Self.ageMax {
            return last.bytesCount
        }
        let bytesCount = try ask()
        self.last.withLock {
            $0 = bytesCount >= Self.bytesMin ? Answer(path: path, bytesCount: bytesCount, time: time) : nil
        }
        return bytesCount
    }
}
