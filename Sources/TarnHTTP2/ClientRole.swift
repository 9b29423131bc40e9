internal import CNghttp2
internal import NIOCore

/// The client's side of a connection: knows which request each stream carries.
final class ClientRole: ConnectionRole {
    private let client: ClientState
    private var requests: [Int32: UInt64] = [:]

    init(client: ClientState) {
        self.client = client
    }

    var openCount: Int { self.requests.count }

    /// Opens a stream for a request. Throws when the session takes no more.
    func send(
        _ connection: ConnectionHandler<ClientRole>,
        id: UInt64,
        _ request: HTTP2Request,
        scheme: String,
        authority: String
    )
        throws(HTTP2Error) -> Int32
    {
        let stream = try connection.session.submit(request, scheme: scheme, authority: authority)
        self.requests[stream] = id
        connection.schedulePump()
        return stream
    }

    /// Gives a stream up: nobody waits for its answer any more.
    func abandon(_ connection: ConnectionHandler<ClientRole>, stream: Int32) {
        guard self.requests.removeValue(forKey: stream) != nil else { return }
        connection.session.reset(stream: stream, code: NGHTTP2_CANCEL)
        connection.schedulePump()
    }

    func onReady(_ connection: ConnectionHandler<ClientRole>, peer: String?) {
        self.client.onReady(connection)
    }

    func onMessage(_ connection: ConnectionHandler<ClientRole>, stream: Int32, _ message: SessionMessage) {
        connection.session.release(bodyBytesCount: message.body.count)
        let response = HTTP2Response(
            status: message.status,
            headers: message.headers,
            body: message.body,
            trailers: message.trailers
        )
        self.finish(stream, .success(response))
    }

    func onOversized(_ connection: ConnectionHandler<ClientRole>, stream: Int32, status: Int, reason: String) {
        self.finish(stream, .failure(HTTP2Error(.tooLarge, "the response has \(reason)")))
    }

    func onStreamClosed(_ connection: ConnectionHandler<ClientRole>, stream: Int32, code: UInt32?) {
        guard let code, code != NGHTTP2_REFUSED_STREAM.rawValue else {
            return self.finish(stream, .failure(HTTP2Error(.refused, "the other end takes no more requests now")))
        }
        let name = String(cString: nghttp2_http2_strerror(code))
        self.finish(stream, .failure(HTTP2Error(.connectionLost, "the other end gave the request up: \(name)")))
    }

    func onGoingAway(_ connection: ConnectionHandler<ClientRole>) {
        self.client.onUnusable(connection)
        connection.drain()
    }

    func onTick(_ connection: ConnectionHandler<ClientRole>, now: NIODeadline) {}

    func onClosed(_ connection: ConnectionHandler<ClientRole>, error: HTTP2Error) {
        self.client.onClosed(connection, error: error)
        let open = self.requests
        self.requests = [:]
        for id in open.values.sorted() { self.client.complete(id, .failure(error)) }
    }

    private func finish(_ stream: Int32, _ result: Result<HTTP2Response, HTTP2Error>) {
        guard let id = self.requests.removeValue(forKey: stream) else { return }
        self.client.complete(id, result)
    }
}
