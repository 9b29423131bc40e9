internal import COpenSSL
package import TarnCore

/// An incremental SHA-256, for content that arrives in pieces. One owner; may move between threads, never be shared.
package struct SHA256Hasher: ~Copyable, @unchecked Sendable {
    // Protected by ownership: the context is reachable through this value only.
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto is out of memory") }
        self.context = context
        precondition(EVP_DigestInit_ex2(context, Self.algorithm.pointer, nil) == 1, "libcrypto has no SHA-256")
    }

    deinit {
        EVP_MD_CTX_free(self.context)
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(self.context, bytes.baseAddress, bytes.count) == 1, "libcrypto cannot hash")
    }

    package consuming func finish() -> Digest {
        withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { buffer in
            let out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            precondition(EVP_DigestFinal_ex(self.context, out, nil) == 1, "libcrypto cannot finish a hash")
            return Digest(UnsafeRawBufferPointer(buffer))
        }
    }

    /// A fetched algorithm is immutable and may be used by any thread (EVP_MD_fetch(3)); it lives as long as the
    /// process.
    private struct Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private static let algorithm: Algorithm = {
        guard let pointer = EVP_MD_fetch(nil, "SHA256", nil) else { preconditionFailure("libcrypto has no SHA-256") }
        return Algorithm(pointer: pointer)
    }()
}
