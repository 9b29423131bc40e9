internal import COpenSSL
internal import TarnCore

/// Keeps small values secret under the cluster's key: AES-256-GCM with a random nonce, and HMAC-SHA256 for what must
/// only be known as genuine.
///
/// Every datacentre has the key, and the log does not: what is sealed can be read at each of them and nowhere else.
package struct SecretBox: Sendable {
    package static let keyBytesCount = 32
    private static let nonceBytesCount = 12
    private static let tagBytesCount = 16

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
        let nonce = try SecureRandom.bytes(count: Self.nonceBytesCount)
        let cipher = try CipherContext()
        var count: Int32 = 0
        let additional = Array(context.utf8)
        var out = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: Self.tagBytesCount)
        var end: Int32 = 0
        var trailer = [UInt8](repeating: 0, count: 16)
        guard EVP_EncryptInit_ex2(cipher.pointer, EVP_aes_256_gcm(), self.key, nonce, nil) == 1,
            EVP_EncryptUpdate(cipher.pointer, nil, &count, additional, Int32(additional.count)) == 1,
            plain.isEmpty || EVP_EncryptUpdate(cipher.pointer, &out, &count, plain, Int32(plain.count)) == 1,
            EVP_EncryptFinal_ex(cipher.pointer, &trailer, &end) == 1,
            EVP_CIPHER_CTX_ctrl(cipher.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytesCount), &tag) == 1
        else { throw .library(.unavailable, "libcrypto cannot encrypt") }
        return nonce + out + tag
    }

    /// What ``seal(_:context:)`` was given. Throws `notGenuine` for bytes that this key and `context` did not
    /// seal.
    package func open(_ sealed: [UInt8], context: String) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= Self.nonceBytesCount + Self.tagBytesCount else {
            throw .library(.notGenuine, "\(sealed.count) bytes are too few for a sealed value")
        }
        let nonce = Array(sealed[..<Self.nonceBytesCount])
        let body = Array(sealed[Self.nonceBytesCount..<(sealed.count - Self.tagBytesCount)])
        var tag = Array(sealed.suffix(Self.tagBytesCount))
        let cipher = try CipherContext()
        var count: Int32 = 0
        var end: Int32 = 0
        let additional = Array(context.utf8)
        var out = [UInt8](repeating: 0, count: body.count)
        var trailer = [UInt8](repeating: 0, count: 16)
        guard EVP_DecryptInit_ex2(cipher.pointer, EVP_aes_256_gcm(), self.key, nonce, nil) == 1,
            EVP_DecryptUpdate(cipher.pointer, nil, &count, additional, Int32(additional.count)) == 1,
            body.isEmpty || EVP_DecryptUpdate(cipher.pointer, &out, &count, body, Int32(body.count)) == 1,
            EVP_CIPHER_CTX_ctrl(cipher.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytesCount), &tag) == 1,
            EVP_DecryptFinal_ex(cipher.pointer, &trailer, &end) == 1
        else { throw .library(.notGenuine, "the value was not sealed with this cluster's key, or was changed") }
        return out
    }

    /// HMAC-SHA256 of `message` under a key of its own for each `purpose`.
    package func authenticate(_ message: [UInt8], purpose: String) -> [UInt8] {
        let own = MessageAuthentication.code(of: Array(purpose.utf8), key: self.key)
        return MessageAuthentication.code(of: message, key: own.bytes).bytes
    }
}

/// An owned `EVP_CIPHER_CTX`.
private struct CipherContext: ~Copyable {
    let pointer: OpaquePointer

    init() throws(CryptoError) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw .library(.unavailable, "libcrypto is out of memory") }
        self.pointer = pointer
    }

    deinit {
        EVP_CIPHER_CTX_free(self.pointer)
    }
}
