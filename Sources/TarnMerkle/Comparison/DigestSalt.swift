internal import TarnCore

/// Eight bytes of a hash, chosen by a salt: enough to find what differs, when the whole hash is compared in the end.
struct DigestSalt: Hashable, Sendable {
    private let offset: Int

    /// Another attempt takes other bytes, so what looked equal by chance does so once only.
    init(_ salt: UInt64) {
        self.offset = Int(salt % UInt64(Digest.byteCount - MemoryLayout<UInt64>.size + 1))
    }

    func short(_ digest: Digest) -> UInt64 {
        withUnsafeBytes(of: digest) { $0.loadUnaligned(fromByteOffset: self.offset, as: UInt64.self) }
    }
}
