/// The hash that the pure types are generic over, so that they link no C library.
///
/// `TarnCrypto` supplies libcrypto's, `TarnTestKit` one in plain Swift; both must give FIPS 180-4's SHA-256.
package protocol SHA256Function: Sendable {
    /// The SHA-256 of `bytes`.
    static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest
}

extension SHA256Function {
    package static func digest(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { self.digest($0) }
    }
}
