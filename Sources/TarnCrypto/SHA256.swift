internal import COpenSSL
package import TarnCore

/// SHA-256 by libcrypto, with SHA-NI where the processor has it.
///
/// One call keeps its state on the stack: making an EVP context for each digest would cost 290 ns, as much as hashing
/// 350 bytes. ``SHA256Hasher`` is for content that comes in pieces.
package enum SHA256: SHA256Function {
    package static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { buffer in
            let out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            precondition(tarn_sha256(bytes.baseAddress, bytes.count, out) == 1, "libcrypto cannot hash")
            return Digest(UnsafeRawBufferPointer(buffer))
        }
    }
}
