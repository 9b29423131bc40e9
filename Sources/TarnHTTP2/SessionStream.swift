/// One stream of a session: what has arrived so far and what is left to send.
final class SessionStream {
    let id: Int32
    var message = SessionMessage()
    var headerBytesCount = 0
    var isReadingTrailers = false
    /// Both halves of the message have arrived.
    var isComplete = false
    /// Over a limit: whatever still comes is thrown away.
    var isDiscarding = false

    var body: [UInt8]
    var bodyOffset = 0
    var trailers: HTTP2Headers

    init(id: Int32, body: [UInt8] = [], trailers: HTTP2Headers = [:]) {
        self.id = id
        self.body = body
        self.trailers = trailers
    }

    var unsentBytesCount: Int { self.body.count - self.bodyOffset }
}
