internal import COpenSSL

/// Why libcrypto did not do what was asked.
package struct CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// libcrypto itself failed: out of memory, no entropy, an algorithm that this build lacks.
        case unavailable
        /// A key of the wrong size or kind, or text that is not a key.
        case invalidKey
        /// Text or bytes that are not a certificate, or a certificate that does not fit its key.
        case invalidCertificate
        /// A name, host or period that a certificate cannot hold.
        case invalidRequest
        /// A certificate that the cluster's authority did not sign, that has expired, or that is for another use.
        case untrusted
        /// A sealed value that another key sealed, or that was changed.
        case notGenuine
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }

    /// An error that ends with libcrypto's own reason, which it takes from the thread's queue and clears.
    static func library(_ code: Code, _ message: String) -> CryptoError {
        let number = ERR_get_error()
        ERR_clear_error()
        guard number != 0, let reason = ERR_reason_error_string(number) else { return CryptoError(code, message) }
        return CryptoError(code, "\(message): \(String(cString: reason))")
    }
}
