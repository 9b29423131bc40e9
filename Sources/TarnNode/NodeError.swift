/// Why a node did not do what was asked, in terms that a client can act on.
package struct NodeError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "INVALID_REQUEST"
        case unauthenticated = "UNAUTHENTICATED"
        case permissionDenied = "PERMISSION_DENIED"
        case notFound = "NOT_FOUND"
        /// A precondition does not hold; nothing was applied.
        case conflict = "CONFLICT"
        /// A blob that the request names is nowhere stored: stage it, then send the request again.
        case blobMissing = "BLOB_MISSING"
        /// An op, root or time that is no longer (or not yet) kept.
        case gone = "GONE"
        case tooLarge = "TOO_LARGE"
        /// Content that does not hash to its address.
        case digestMismatch = "DIGEST_MISMATCH"
        case rateLimited = "RATE_LIMITED"
        /// Certainly not ordered: no quorum, no primary, read-only node. Safe to retry.
        case unavailable = "UNAVAILABLE"
        /// The outcome is unknown: ask again with the same request id.
        case unknownOutcome = "UNKNOWN_OUTCOME"
        case queryRejected = "QUERY_REJECTED"
        case internalError = "INTERNAL_ERROR"

        /// The HTTP status that carries this code.
        package var status: Int {
            switch self {
            case .invalidRequest, .digestMismatch, .queryRejected: 400
            case .unauthenticated: 401
            case .permissionDenied: 403
            case .notFound: 404
            case .conflict, .blobMissing: 409
            case .gone: 410
            case .tooLarge: 413
            case .rateLimited: 429
            case .internalError: 500
            case .unavailable: 503
            case .unknownOutcome: 504
            }
        }
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code.rawValue): \(self.message)" }
}
