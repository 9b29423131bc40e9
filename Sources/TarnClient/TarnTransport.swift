package import NIOCore
internal import TarnCore

/// One HTTP exchange with one node: the port between the client's rules and the network.
///
/// ``HTTPTransport`` is the real one; tests answer from memory.
package protocol TarnTransport: Sendable {
    /// Sends `request` to the node at `url` and gives the answer's status and the parts of its body to `receive` as
    /// they come. Throws ``TransportFailure`` when no complete answer came.
    func exchange(
        _ request: TransportRequest,
        with url: String,
        receive: @Sendable (Int, ByteBuffer) async throws -> Void
    ) async throws -> TransportResponseHead

    /// Returns after `milliseconds`, or throws when the task is cancelled.
    func pause(milliseconds: Int) async throws
}

package struct TransportRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    package var method: Method
    /// Path and query, percent-encoded.
    package var target: String
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer?
    /// The answer must be complete after this time.
    package var deadlineMilliseconds: Int
    /// Whether a read must have seen this client's last write; a status is wanted as it is.
    package var mustSeeLastWrite = true
    /// Past this time it is not sent again to nodes that answer 503.
    package var patienceMilliseconds = Limits.clientPatienceMilliseconds
    /// How long the body of a good answer is going to be, where that is known; else 0.
    package var expectedBytesCount = 0

    package init(
        _ method: Method,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: ByteBuffer? = nil,
        deadlineMilliseconds: Int
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    /// Whether this asks what the namespace, the log or the catalog holds.
    var readsState: Bool {
        guard self.mustSeeLastWrite else { return false }
        switch self.method {
        case .get, .head: return true
        case .put, .delete: return false
        case .post:
            return ["/v1/contents", "/v1/catalog/query"].contains { self.target.hasPrefix($0) }
        }
    }

    /// Adds a parameter to the target; `value` has no character that a query cannot hold.
    mutating func add(query name: String, _ value: String) {
        self.target += "\(self.target.contains("?") ? "&" : "?")\(name)=\(value)"
    }
}

extension ReadLevel {
    /// Whether a read of this level is to see what its client wrote before: not when it says itself what it must see.
    var includesOwnWrites: Bool {
        switch self {
        case .linearizable, .bounded: true
        case .atLeast, .local: false
        }
    }
}

package struct TransportResponseHead: Sendable {
    package let status: Int
    /// By lower-case name.
    package let headers: [String: String]

    package init(status: Int, headers: [String: String]) {
        self.status = status
        self.headers = headers
    }
}

/// No complete answer came.
package struct TransportFailure: Error, Sendable, CustomStringConvertible {
    package let message: String
    /// Whether the node may have got the request: false only when no connection was made.
    package let mayHaveArrived: Bool

    package init(_ message: String, mayHaveArrived: Bool) {
        self.message = message
        self.mayHaveArrived = mayHaveArrived
    }

    package var description: String { self.message }
}
