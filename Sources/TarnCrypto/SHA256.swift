package import TarnCore

/// SHA-256 by libcrypto, with SHA-NI where the processor has it.
///
/// The algorithm is fetched once (``SHA256Hasher``): fetching it in every call would cost 500 ns in OpenSSL 3.
package enum SHA256: SHA256Function {
    package static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        return hasher.finish()
    }
}
