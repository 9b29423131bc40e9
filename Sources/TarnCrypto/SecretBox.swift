internal import TarnCore

/// Keeps small values secret under the cluster's key: AES-256-GCM with a random nonce, and HMAC-SHA256 for what must
/// only be known as genuine.
///
/// Every datacentre has the key, and the log does not: what is sealed can be read at each of them and nowhere else.
package struct SecretBox: Sendable {
    package static let keyBytesCount = 32

    private let key: [UInt8]

    /// Throws `invalidKey` unless `key` has ``keyBytesCount`` bytes.
    package init(key: [UInt8]) throws(CryptoError) {
        guard key.count == Self.keyBytesCount else {
            throw .library(.invalidKey, "a key of \(key.count) bytes; \(Self.keyBytesCount) are needed")
        }
        self.key = key
    }

    /// A key that nobody can guess.
    package static func makeKey() throws(CryptoError) -> [UInt8] {
        try SecureRandom.bytes(count: self.keyBytesCount)
    }

    /// `nonce, ciphertext, tag`. What is sealed for one `context` does not open for another, so that nobody can move it
    /// to a place that more people may read.
    package func seal(_ plain: [UInt8], context: String) throws(CryptoError) -> [UInt8] {
        let cipher = try AuthenticatedCipher(key: self.key)
        let nonce = try SecureRandom.bytes(count: AuthenticatedCipher.nonceBytesCount)
        var out = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: AuthenticatedCipher.tagBytesCount)
        var failure: CryptoError?
        let authenticated = Array(context.utf8)
        out.withUnsafeMutableBytes { out in
            tag.withUnsafeMutableBytes { tag in
                do throws(CryptoError) {
                    try cipher.seal(plain, nonce: nonce, authenticating: authenticated, into: out, tag: tag)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return nonce + out + tag
    }

    /// What ``seal(_:context:)`` was given. Throws `notGenuine` for bytes that this key and `context` did not
    /// seal.
    package func open(_ sealed: [UInt8], context: String) throws(CryptoError) -> [UInt8] {
        let (nonceCount, tagCount) = (AuthenticatedCipher.nonceBytesCount, AuthenticatedCipher.tagBytesCount)
        guard sealed.count >= nonceCount + tagCount else {
            throw .library(.notGenuine, "\(sealed.count) bytes are too few for a sealed value")
        }
        let cipher = try AuthenticatedCipher(key: self.key)
        var out = [UInt8](repeating: 0, count: sealed.count - nonceCount - tagCount)
        let isGenuine = sealed.withUnsafeBytes { sealed in
            Array(context.utf8).withUnsafeBytes { authenticated in
                out.withUnsafeMutableBytes { out in
                    cipher.open(
                        UnsafeRawBufferPointer(rebasing: sealed[nonceCount..<(sealed.count - tagCount)]),
                        nonce: UnsafeRawBufferPointer(rebasing: sealed[..<nonceCount]),
                        authenticating: authenticated,
                        into: out,
                        tag: UnsafeRawBufferPointer(rebasing: sealed[(sealed.count - tagCount)...])
                    )
                }
            }
        }
        guard isGenuine else {
            throw .library(.notGenuine, "the value was not sealed with this cluster's key, or was changed")
        }
        return out
    }

    /// HMAC-SHA256 of `message` under a key of its own for each `purpose`.
    package func authenticate(_ message: [UInt8], purpose: String) -> [UInt8] {
        let own = MessageAuthentication.code(of: Array(purpose.utf8), key: self.key)
        return MessageAuthentication.code(of: message, key: own.bytes).bytes
    }
}
