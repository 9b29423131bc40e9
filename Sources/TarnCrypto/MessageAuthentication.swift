package import TarnCore

/// HMAC-SHA-256 (RFC 2104): shows that whoever wrote a message knows the key.
package enum MessageAuthentication {
    private static let blockBytesCount = 64

    /// The code of `message` under `key`, which has at most 64 bytes.
    package static func code(of message: [UInt8], key: [UInt8]) -> Digest {
        precondition(key.count <= self.blockBytesCount, "a key of \(key.count) bytes")
        let padded = key + [UInt8](repeating: 0, count: self.blockBytesCount - key.count)
        let inner = SHA256.digest(padded.map { $0 ^ 0x36 } + message)
        return SHA256.digest(padded.map { $0 ^ 0x5c } + inner.bytes)
    }
}
