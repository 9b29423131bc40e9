internal import Synchronization

/// An flock: the kernel releases it with the descriptor, also when the process is killed.
final class PosixLock: StorageLock {
    private let descriptor: Mutex<FileDescriptor?>

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = Mutex(descriptor)
    }

    func release() {
        self.descriptor.withLock { $0 = nil }
    }
}
