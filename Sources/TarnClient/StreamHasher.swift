internal import Synchronization
internal import TarnCore
internal import TarnCrypto

/// A SHA-256 that several tasks feed one after the other.
final class StreamHasher: Sendable {
    private let state = Mutex(SHA256Hasher())

    func update(_ bytes: [UInt8]) {
        self.state.withLock { hasher in bytes.withUnsafeBytes { hasher.update($0) } }
    }

    /// The hash of all that came; to be called once.
    func finish() -> Digest {
        self.state.withLock { exchange(&$0, with: SHA256Hasher()).finish() }
    }
}
