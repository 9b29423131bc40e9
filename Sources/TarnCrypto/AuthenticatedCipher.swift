internal import COpenSSL

/// AES-256-GCM with one key: whatever was altered since it was sealed does not open. For one thread at a time.
///
/// A nonce must never be used twice with one key.
package final class AuthenticatedCipher {
    package static let keyBytesCount = 32
    package static let nonceBytesCount = 12
    package static let tagBytesCount = 16

    private let context: OpaquePointer
    private let key: [UInt8]

    /// Throws `invalidKey` for a key that has not 32 bytes.
    package init(key: [UInt8]) throws(CryptoError) {
        guard key.count == Self.keyBytesCount else {
            throw CryptoError(.invalidKey, "a key of \(key.count) bytes; \(Self.keyBytesCount) are expected")
        }
        guard let context = EVP_CIPHER_CTX_new() else { throw .library(.unavailable, "libcrypto is out of memory") }
        self.context = context
        self.key = key
    }

    deinit {
        EVP_CIPHER_CTX_free(self.context)
    }

    /// Encrypts `plain` into as many bytes of `output` and writes the tag that proves both it and `authenticated`.
    package func seal(
        _ plain: UnsafeRawBufferPointer,
        nonce: UnsafeRawBufferPointer,
        authenticating authenticated: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        tag: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        precondition(output.count == plain.count && tag.count == Self.tagBytesCount, "room for another length")
        var isDone = self.begin(nonce, isSealing: true)
        var count: Int32 = 0
        isDone =
            isDone && EVP_EncryptUpdate(self.context, nil, &count, authenticated.start, Int32(authenticated.count)) == 1
        isDone =
            isDone
            && (plain.isEmpty
                || EVP_EncryptUpdate(self.context, output.start, &count, plain.start, Int32(plain.count)) == 1)
        isDone = isDone && EVP_EncryptFinal_ex(self.context, nil, &count) == 1
        isDone =
            isDone
            && EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), tag.baseAddress) == 1
        guard isDone else { throw .library(.unavailable, "libcrypto cannot encrypt") }
    }

    /// Decrypts `sealed` into as many bytes of `output`. Returns false, and leaves nothing of worth there, when tag,
    /// nonce, bytes, authenticated bytes or key are not those that it was sealed with.
    package func open(
        _ sealed: UnsafeRawBufferPointer,
        nonce: UnsafeRawBufferPointer,
        authenticating authenticated: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        tag: UnsafeRawBufferPointer
    ) -> Bool {
        precondition(output.count == sealed.count && tag.count == Self.tagBytesCount, "room for another length")
        guard self.begin(nonce, isSealing: false) else { return false }
        var count: Int32 = 0
        guard EVP_DecryptUpdate(self.context, nil, &count, authenticated.start, Int32(authenticated.count)) == 1,
            sealed.isEmpty
                || EVP_DecryptUpdate(self.context, output.start, &count, sealed.start, Int32(sealed.count)) == 1,
            EVP_CIPHER_CTX_ctrl(
                self.context,
                EVP_CTRL_AEAD_SET_TAG,
                Int32(tag.count),
                UnsafeMutableRawPointer(mutating: tag.baseAddress)
            ) == 1,
            EVP_DecryptFinal_ex(self.context, nil, &count) == 1
        else {
            ERR_clear_error()
            return false
        }
        return true
    }

    /// The same with arrays, for small values.
    func seal(
        _ plain: [UInt8],
        nonce: [UInt8],
        authenticating authenticated: [UInt8],
        into output: UnsafeMutableRawBufferPointer,
        tag: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        var failure: CryptoError?
        plain.withUnsafeBytes { plain in
            nonce.withUnsafeBytes { nonce in
                authenticated.withUnsafeBytes { authenticated in
                    do throws(CryptoError) {
                        try self.seal(plain, nonce: nonce, authenticating: authenticated, into: output, tag: tag)
                    } catch {
                        failure = error
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    private func begin(_ nonce: UnsafeRawBufferPointer, isSealing: Bool) -> Bool {
        precondition(nonce.count == Self.nonceBytesCount, "a nonce of \(nonce.count) bytes")
        let cipher = Self.algorithm.pointer
        return isSealing
            ? EVP_EncryptInit_ex2(self.context, cipher, self.key, nonce.start, nil) == 1
            : EVP_DecryptInit_ex2(self.context, cipher, self.key, nonce.start, nil) == 1
    }

    /// A fetched algorithm is immutable and may be used by any thread; it lives as long as the process.
    private struct Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private static let algorithm: Algorithm = {
        guard let pointer = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            preconditionFailure("libcrypto has no AES-256-GCM")
        }
        return Algorithm(pointer: pointer)
    }()
}

extension UnsafeRawBufferPointer {
    fileprivate var start: UnsafePointer<UInt8>? { self.baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate var start: UnsafeMutablePointer<UInt8>? { self.baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
