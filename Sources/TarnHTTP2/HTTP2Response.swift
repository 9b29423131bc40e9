/// A response with its whole body.
package struct HTTP2Response: Sendable {
    package let status: Int
    package let headers: HTTP2Headers
    package let body: [UInt8]
    /// Fields after the body; empty when there are none.
    package let trailers: HTTP2Headers

    package init(status: Int, headers: HTTP2Headers = [:], body: [UInt8] = [], trailers: HTTP2Headers = [:]) {
        self.status = status
        self.headers = headers
        self.body = body
        self.trailers = trailers
    }

    /// A response whose body is one line that says what is wrong.
    package static func complaint(status: Int, _ text: String) -> HTTP2Response {
        HTTP2Response(status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }
}
