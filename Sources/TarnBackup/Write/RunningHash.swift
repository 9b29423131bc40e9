internal import Synchronization
internal import TarnCore
internal import TarnCrypto

/// SHA-256 of bytes that come in pieces, of which a writer may ask for some twice.
final class RunningHash: Sendable {
    private struct State: ~Copyable {
        var hasher: SHA256Hasher? = SHA256Hasher()
        var end: UInt64 = 0
    }

    private let state = Mutex(State())

    init() {}

    /// Adds `bytes`, which begin at `offset`; what was added before is not added again.
    func update(_ bytes: [UInt8], at offset: UInt64) {
        self.state.withLock { state in
            guard offset == state.end else { return }
            bytes.withUnsafeBytes { state.hasher?.update($0) }
            state.end += UInt64(bytes.count)
        }
    }

    /// The hash, once; nil when it is not that of `bytesCount` bytes.
    func digest(bytesCount: UInt64) -> Digest? {
        self.state.withLock { state in
            guard state.end == bytesCount else { return nil }
            return state.hasher.take()?.finish()
        }
    }
}
