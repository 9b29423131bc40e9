/// A request with its whole body.
package struct HTTP2Request: Sendable {
    package let method: String
    /// Path and query.
    package let path: String
    package let headers: HTTP2Headers
    package let body: [UInt8]
    /// Name of the verified peer that sent it; nil in a request to be sent, and on a connection without TLS.
    package let peer: String?

    /// A request to be sent.
    package init(method: String = "POST", path: String, headers: HTTP2Headers = [:], body: [UInt8] = []) {
        self.init(method: method, path: path, headers: headers, body: body, peer: nil)
    }

    init(method: String, path: String, headers: HTTP2Headers, body: [UInt8], peer: String?) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.peer = peer
    }
}
