internal import COpenSSL

/// An owned `EVP_PKEY`: the one place where libcrypto's keys are made, read, written and freed.
struct KeyPair: ~Copyable {
    let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(self.pointer)
    }

    /// A fresh P-256 key: what every TLS 1.3 stack accepts in certificates.
    static func generateP256() throws(CryptoError) -> KeyPair {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else {
            throw .library(.unavailable, "libcrypto has no elliptic curve keys")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw .library(.unavailable, "libcrypto cannot make a P-256 key") }
        return KeyPair(owning: key)
    }

    /// The Ed25519 key that a 32-byte seed stands for.
    static func ed25519(seed: [UInt8]) throws(CryptoError) -> KeyPair {
        guard seed.count == Ed25519.seedBytesCount,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else {
            throw .library(.invalidKey, "an Ed25519 private key has \(Ed25519.seedBytesCount) bytes, not \(seed.count)")
        }
        return KeyPair(owning: key)
    }

    /// The Ed25519 public key with these 32 bytes.
    static func ed25519(publicKey: [UInt8]) throws(CryptoError) -> KeyPair {
        guard publicKey.count == Ed25519.publicKeyBytesCount,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else {
            throw .library(
                .invalidKey,
                "an Ed25519 public key has \(Ed25519.publicKeyBytesCount) bytes, not \(publicKey.count)"
            )
        }
        return KeyPair(owning: key)
    }

    init(pem: String) throws(CryptoError) {
        let source = try MemoryBuffer.holding(pem)
        guard let key = PEM_read_bio_PrivateKey(source.pointer, nil, nil, nil) else {
            throw .library(.invalidKey, "not a private key in PEM form")
        }
        self.pointer = key
    }

    /// PKCS #8, not encrypted: the file's mode protects it.
    func pem() throws(CryptoError) -> String {
        let target = try MemoryBuffer()
        guard PEM_write_bio_PrivateKey(target.pointer, self.pointer, nil, nil, 0, nil, nil) == 1 else {
            throw .library(.unavailable, "cannot write a private key")
        }
        return target.text()
    }

    var isEd25519: Bool { EVP_PKEY_get_id(self.pointer) == EVP_PKEY_ED25519 }

    func rawPublicKey() throws(CryptoError) -> [UInt8] {
        var count = Ed25519.publicKeyBytesCount
        var bytes = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_get_raw_public_key(self.pointer, &bytes, &count) == 1, count == bytes.count else {
            throw .library(.invalidKey, "not an Ed25519 key")
        }
        return bytes
    }

    func rawPrivateKey() throws(CryptoError) -> [UInt8] {
        var count = Ed25519.seedBytesCount
        var bytes = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_get_raw_private_key(self.pointer, &bytes, &count) == 1, count == bytes.count else {
            throw .library(.invalidKey, "not an Ed25519 private key")
        }
        return bytes
    }
}
