/// Why a request or a connection failed, in terms of what the caller may do next.
package struct HTTP2Error: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No connection could be made; nothing was sent.
        case unavailable
        /// The other end certainly did not process the request: it was over a limit of streams or memory, or shutting
        /// down.
        case refused
        /// The connection broke, or the other end gave the stream up, after the request was sent: it may have been
        /// processed.
        case connectionLost
        /// The deadline passed; the request may have been processed.
        case timedOut
        /// The task that sent the request was cancelled; the request may have been processed.
        case cancelled
        /// A body or header list over its limit.
        case tooLarge
        /// Bytes that are not HTTP/2, or HTTP/2 against its own rules.
        case protocolViolation
        /// The certificate of the other end is not that of the expected peer.
        case untrustedPeer
        /// The other end did not accept the connection's TLS handshake.
        case handshakeFailed
        /// More requests are waiting than the client may hold.
        case overloaded
        /// The client or server was closed.
        case closed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same request may succeed later without any change.
    package var isRetryable: Bool {
        switch self.code {
        case .unavailable, .refused, .connectionLost, .timedOut, .overloaded: true
        case .cancelled, .tooLarge, .protocolViolation, .untrustedPeer, .handshakeFailed, .closed: false
        }
    }

    package var description: String { self.message }
}
