internal import COpenSSL

/// Ed25519 signatures (RFC 8032): what a datacentre signs its acknowledgements and reports with.
package enum Ed25519 {
    package static let seedBytesCount = 32
    package static let publicKeyBytesCount = 32
    package static let signatureBytesCount = 64

    /// Whether `signature` over `message` was made by the owner of `publicKey`; false for keys and signatures of a
    /// wrong size.
    package static func isValid(signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == Self.signatureBytesCount,
            let key = try? KeyPair.ed25519(publicKey: publicKey), let context = EVP_MD_CTX_new()
        else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key.pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// A datacentre's signing key. Text forms never show it.
package struct SigningKey: Sendable, CustomStringConvertible {
    private let seed: [UInt8]
    /// 32 bytes, for the genesis and for whoever verifies.
    package let publicKey: [UInt8]

    /// A fresh key. Throws `unavailable` when the system gives no entropy.
    package static func generate() throws(CryptoError) -> SigningKey {
        try SigningKey(seed: SecureRandom.bytes(count: Ed25519.seedBytesCount))
    }

    /// The key that 32 bytes stand for; throws `invalidKey` for another count.
    package init(seed: [UInt8]) throws(CryptoError) {
        self.publicKey = try KeyPair.ed25519(seed: seed).rawPublicKey()
        self.seed = seed
    }

    /// Reads PKCS #8; throws `invalidKey` when it is anything but an Ed25519 private key.
    package init(pem: String) throws(CryptoError) {
        let key = try KeyPair(pem: pem)
        guard key.isEd25519 else { throw CryptoError(.invalidKey, "the private key is not an Ed25519 key") }
        try self.init(seed: key.rawPrivateKey())
    }

    /// PKCS #8 in PEM form, not encrypted.
    package func pem() throws(CryptoError) -> String {
        try KeyPair.ed25519(seed: self.seed).pem()
    }

    /// The 64-byte signature of `message`; the same message always gives the same bytes.
    package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        let key = try KeyPair.ed25519(seed: self.seed)
        guard let context = EVP_MD_CTX_new() else { throw .library(.unavailable, "libcrypto is out of memory") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Ed25519.signatureBytesCount)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key.pointer) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signature.count
        else { throw .library(.unavailable, "cannot sign") }
        return signature
    }

    package var description: String { "signing key" }
}
