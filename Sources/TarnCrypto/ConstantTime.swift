internal import COpenSSL

/// Comparison whose duration tells nothing about the bytes: for token hashes and signatures.
package enum ConstantTime {
    /// Whether both are equal; only their lengths may be learnt from the time it takes.
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return CRYPTO_memcmp(left, right, left.count) == 0
    }
}
