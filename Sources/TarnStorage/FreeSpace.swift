internal import Synchronization

/// Free space as the file system told it a moment ago, while there is so much that a moment does not matter: every write
/// asks, and the question costs a hundredth of a small one.
final class FreeSpace: Sendable {
    /// More than can be written within ``nanosecondsMax``.
    static let bytesMin: UInt64 = 1 << 30
    static let nanosecondsMax: UInt64 = 50_000_000

    private struct Answer {
        let path: String
        let bytesCount: UInt64
        let time: UInt64
    }

    private let last = Mutex<Answer?>(nil)
    private let now: @Sendable () -> UInt64

    /// `now` tells nanoseconds that never go back.
    init(now: @escaping @Sendable () -> UInt64) {
        self.now = now
    }

    /// What `ask` said lately of `path`, or says now.
    func bytesCount(
        at path: String,
        _ ask: () throws(StorageError) -> UInt64
    ) throws(StorageError) -> UInt64 {
        let time = self.now()
        if let last = self.last.withLock({ $0 }), last.path == path, time < last.time + Self.nanosecondsMax {
            return last.bytesCount
        }
        let bytesCount = try ask()
        self.last.withLock {
            $0 = bytesCount >= Self.bytesMin ? Answer(path: path, bytesCount: bytesCount, time: time) : nil
        }
        return bytesCount
    }
}
