package import TarnHTTP2

/// Why a peer did not do what was asked, or what it sent is not usable.
package struct PeerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Bytes that do not follow the protocol: truncated, oversized fields, unknown kinds or versions.
        case malformed
        /// More than one request or reply may hold.
        case tooLarge
        /// The certificate of the other end is not that of the expected peer.
        case untrusted
        /// No connection, or the peer is busy or stopping; certainly not processed.
        case unavailable
        /// The connection broke or the deadline passed; it may have been processed.
        case unknownOutcome
        /// The peer understood the request and could not do it.
        case rejected
        /// The peer does not know the call or the codec.
        case unsupported
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed later without any change. All calls between peers may be repeated.
    package var isRetryable: Bool {
        switch self.code {
        case .unavailable, .unknownOutcome, .rejected: true
        case .malformed, .tooLarge, .untrusted, .unsupported: false
        }
    }

    package var description: String { self.message }

    /// The transport's error in terms of the caller.
    package init(_ error: HTTP2Error) {
        let code: Code =
            switch error.code {
            case .unavailable, .refused, .overloaded, .closed: .unavailable
            case .connectionLost, .timedOut, .cancelled: .unknownOutcome
            case .tooLarge: .tooLarge
            case .protocolViolation: .malformed
            case .untrustedPeer, .handshakeFailed: .untrusted
            }
        self.init(code, error.message)
    }
}
