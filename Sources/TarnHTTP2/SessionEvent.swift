/// What a session has to tell after it took in bytes.
enum SessionEvent {
    /// All of a request (at a server) or a response (at a client) has arrived.
    case message(stream: Int32, SessionMessage)
    /// A request (at a server) or a response (at a client) went over a limit; the rest of it is thrown away.
    case oversized(stream: Int32, status: Int, reason: String)
    /// No more will come on this stream; `code` is 0 after an orderly end.
    case closed(stream: Int32, code: UInt32)
    /// The request could not be sent at all.
    case notSent(stream: Int32)
    /// The first frame of the other end has arrived: both ends speak HTTP/2.
    case ready
    case pingAnswered
    /// The other end takes no new streams.
    case goingAway
}

/// Fields and body as they came, pseudo fields apart.
struct SessionMessage {
    var method = ""
    var path = ""
    var status = 0
    var headers = HTTP2Headers()
    var body: [UInt8] = []
    var trailers = HTTP2Headers()
}
