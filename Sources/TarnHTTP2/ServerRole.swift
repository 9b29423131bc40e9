internal import CNghttp2
internal import Logging
internal import NIOCore

/// The server's side of a connection: hands complete requests out and keeps track of those that are not answered yet.
final class ServerRole: ConnectionRole {
    private let requests: AsyncStream<ServerRequest>.Continuation
    private let logger: Logger
    private var peer: String?
    /// Requests handed out, with the bytes that they hold; a stream may be gone while its handler still runs.
    private var handling: [Int32: Handling] = [:]
    private var receivingSince: [Int32: NIODeadline] = [:]

    private struct Handling {
        let bodyBytesCount: Int
        let since: NIODeadline
    }

    init(requests: AsyncStream<ServerRequest>.Continuation, logger: Logger) {
        self.requests = requests
        self.logger = logger
    }

    var openCount: Int { self.handling.count }

    /// Sends the handler's answer and gives its memory back.
    func answer(_ connection: ConnectionHandler<ServerRole>, stream: Int32, _ response: HTTP2Response) {
        guard let done = self.handling.removeValue(forKey: stream) else { return }
        connection.session.release(bodyBytesCount: done.bodyBytesCount)
        connection.session.submit(response, stream: stream)
        connection.schedulePump()
    }

    func onReady(_ connection: ConnectionHandler<ServerRole>, peer: String?) {
        self.peer = peer
        self.logger.debug("peer connected", metadata: ["peer.name": "\(peer ?? "anonymous")"])
    }

    func onMessage(_ connection: ConnectionHandler<ServerRole>, stream: Int32, _ message: SessionMessage) {
        self.receivingSince[stream] = nil
        let request = HTTP2Request(
            method: message.method,
            path: message.path,
            headers: message.headers,
            body: message.body,
            peer: self.peer
        )
        self.handling[stream] = Handling(bodyBytesCount: message.body.count, since: .now())
        if self.handling.count <= connection.session.limits.streamsMax,
            case .enqueued = self.requests.yield(ServerRequest(stream: stream, request: request))
        {
            return
        }
        // Streams that the client gave up still run here: they count too.
        self.handling[stream] = nil
        connection.session.release(bodyBytesCount: message.body.count)
        connection.session.reset(stream: stream, code: NGHTTP2_REFUSED_STREAM)
    }

    func onOversized(_ connection: ConnectionHandler<ServerRole>, stream: Int32, status: Int, reason: String) {
        connection.session.submit(.complaint(status: status, reason), stream: stream)
    }

    func onStreamClosed(_ connection: ConnectionHandler<ServerRole>, stream: Int32, code: UInt32?) {
        self.receivingSince[stream] = nil
        connection.closeIfDrained()
    }

    func onGoingAway(_ connection: ConnectionHandler<ServerRole>) {}

    func onTick(_ connection: ConnectionHandler<ServerRole>, now: NIODeadline) {
        let limits = connection.session.limits
        for (id, stream) in connection.session.streams where !stream.isComplete {
            let since = self.receivingSince[id] ?? now
            self.receivingSince[id] = since
            if now >= since + .milliseconds(limits.receiveMilliseconds) {
                connection.session.reset(stream: id, code: NGHTTP2_CANCEL)
            }
        }
        for (id, request) in self.handling where now >= request.since + .milliseconds(limits.answerMilliseconds) {
            connection.session.reset(stream: id, code: NGHTTP2_CANCEL)
        }
    }

    func onClosed(_ connection: ConnectionHandler<ServerRole>, error: HTTP2Error) {
        self.requests.finish()
        switch error.code {
        case .untrustedPeer, .handshakeFailed, .protocolViolation:
            self.logger.info("peer refused", metadata: ["error": "\(error)"])
        default:
            self.logger.debug("peer disconnected", metadata: ["error": "\(error)"])
        }
    }
}

/// A request on its way to the handler, with the stream that its answer goes to.
struct ServerRequest: Sendable {
    let stream: Int32
    let request: HTTP2Request
}
