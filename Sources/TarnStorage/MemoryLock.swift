internal import Synchronization

/// A lock of a storage in memory, released once.
final class MemoryLock: StorageLock {
    private let action: Mutex<(@Sendable () -> Void)?>

    init(action: @escaping @Sendable () -> Void) {
        self.action = Mutex(action)
    }

    deinit {
        self.release()
    }

    func release() {
        let action = self.action.withLock { action in
            defer { action = nil }
            return action
        }
        action?()
    }
}
