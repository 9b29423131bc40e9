internal import COpenSSL

/// Random bytes that nobody can guess, for keys, tokens and ids.
package enum SecureRandom {
    /// `count` bytes from libcrypto's generator. Throws `unavailable` when the system gives it no entropy.
    package static func bytes(count: Int) throws(CryptoError) -> [UInt8] {
        precondition((0...Int(Int32.max)).contains(count), "\(count) random bytes asked for")
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else {
            throw .library(.unavailable, "libcrypto has no random bytes")
        }
        return bytes
    }
}
