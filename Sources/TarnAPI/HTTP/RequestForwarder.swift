internal import AsyncHTTPClient
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization
internal import TarnCore
internal import TarnNode

/// Passes what belongs to a write on to the primary, bodies streamed both ways, so that clients may talk to any node.
///
/// The client's token, headers and request id go along unchanged; the primary judges them again.
final class RequestForwarder: Service {
    private struct State {
        var trustRoots: NIOSSLTrustRoots?
        var client: HTTPClient?
        /// Those that trusted other authorities: requests may still be under way on them.
        var retired: [HTTPClient] = []
    }

    /// Of a whole request, whose body may take its time: what is silent ends earlier, after
    /// ``Limits/forwardReadSeconds``.
    private static let timeout = TimeAmount.hours(24)

    private let state: Mutex<State>
    private let credential: NodeCredential

    /// `credential` shows the primary that a node passes the request on. `trustRoots` are those that the primary's
    /// certificate must lead to; nil for the system's.
    init(credential: NodeCredential, trustRoots: NIOSSLTrustRoots?) {
        self.credential = credential
        self.state = Mutex(State(trustRoots: trustRoots))
    }

    /// Trusts primaries by these authorities from now on.
    func renew(trustRoots: NIOSSLTrustRoots?) {
        self.state.withLock { state in
            state.trustRoots = trustRoots
            if let client = state.client.take() { state.retired.append(client) }
        }
    }

    /// Closes the connections once the listener has answered its last request.
    func run() async throws {
        // Cancellation ends the wait just as well: what follows is the same.
        try? await gracefulShutdown()
        let clients = self.state.withLock { state in
            let clients = state.retired + [state.client].compactMap(\.self)
            state.client = nil
            state.retired = []
            return clients
        }
        for client in clients { try await client.shutdown() }
    }

    /// Throws ``Problem``: `UNAVAILABLE` when the primary certainly did not order anything, `UNKNOWN_OUTCOME` when it
    /// may have, `INVALID_REQUEST` for a target that no URL can hold.
    func forward(
        _ request: APIRequest,
        to primary: String,
        from own: DatacenterID,
        isOrdering: Bool
    ) async throws -> Response {
        if let sender = request.headers[.tarnForwardedBy] {
            throw Problem(
                .unavailable,
                "\(own) does not lead, and \(sender) believes that it does; nothing was ordered, ask again",
                headers: [.retryAfter: "1"]
            )
        }
        let progress = ForwardedBody.Progress()
        let outgoing = try self.outgoing(request, to: primary, from: own)
        let incoming: HTTPClientResponse
        do {
            incoming = try await self.send(outgoing, with: request, progress)
        } catch let error as Problem {
            throw error
        } catch {
            throw Self.problem(
                error,
                primary: primary,
                wasSent: isOrdering && progress.mayHaveArrived(error, hasBody: request.hasBody)
            )
        }
        var headers = HTTPFields()
        for (name, value) in incoming.headers where !Self.hopHeaders.contains(name.lowercased()) {
            guard let name = HTTPField.Name(name) else { continue }
            headers.append(HTTPField(name: name, value: value))
        }
        let length = incoming.headers.first(name: "content-length").flatMap { Int($0) }
        return Response(
            status: HTTPResponse.Status(code: Int(incoming.status.code)),
            headers: headers,
            body: ResponseBody(contentLength: length) { writer in
                for try await buffer in incoming.body { try await writer.write(buffer) }
                try await writer.finish(nil)
            }
        )
    }

    /// Sends `outgoing` with the body of `request`, and returns when the answer has begun and nobody reads that body
    /// any more.
    ///
    /// The HTTP client reads bodies in tasks of its own, which outlive an answer that comes before the body's end,
    /// while the listener goes on reading the connection: two readers of one connection end the process. So a small
    /// body is held, and of a large one the reader is stopped first.
    private func send(
        _ outgoing: HTTPClientRequest,
        with request: APIRequest,
        _ progress: ForwardedBody.Progress
    ) async throws -> HTTPClientResponse {
        var outgoing = outgoing
        let length = request.announcedLength
        if let length, length <= UInt64(Limits.forwardBodyHeldBytesMax), request.hasBody {
            let bytes = try await request.body(max: Limits.forwardBodyHeldBytesMax)
            let body = ForwardedBody(base: RequestBody(buffer: ByteBuffer(bytes: bytes)), progress: progress)
            outgoing.body = .stream(body, length: .known(Int64(bytes.count)))
        } else if request.hasBody {
            outgoing.body = .stream(
                ForwardedBody(base: request.http.body, progress: progress),
                length: length.map { .known(Int64(clamping: $0)) } ?? .unknown
            )
        }
        do {
            let client = self.sharedClient()
            var incoming = try await client.execute(outgoing, timeout: Self.timeout, logger: request.logger)
            if request.hasBody, !progress.isBodyRead {
                if incoming.status.code >= 300 {
                    // The client sends no more once it has all of a refusal, and not before.
                    incoming.body = .bytes(try await incoming.body.collect(upTo: Limits.forwardBodyHeldBytesMax))
                }
                await progress.stopReading()
            }
            return incoming
        } catch {
            await progress.stopReading()
            throw error
        }
    }

    /// Sends a JSON document of this node's own to `url` at the primary. Throws unless it was taken.
    func post(_ json: [UInt8], to url: String, token: String) async throws {
        var outgoing = HTTPClientRequest(url: url)
        outgoing.method = .POST
        outgoing.headers.add(name: "Authorization", value: "Bearer \(token)")
        outgoing.headers.add(name: "Content-Type", value: "application/json")
        outgoing.body = .bytes(json)
        let seconds = Int64(Limits.forwardReadSeconds)
        let incoming = try await self.sharedClient().execute(outgoing, timeout: .seconds(seconds))
        _ = try await incoming.body.collect(upTo: Limits.smallBodyBytesMax)
        guard incoming.status.code < 300 else {
            throw Problem(.unavailable, "\(url) answered with status \(incoming.status.code)")
        }
    }

    private func outgoing(
        _ request: APIRequest,
        to primary: String,
        from own: DatacenterID
    ) throws(Problem) -> HTTPClientRequest {
        var outgoing = HTTPClientRequest(url: primary + (try RequestTarget.forURL(request.http.head.path ?? "/")))
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers where !Self.hopHeaders.contains(field.name.canonicalName) {
            outgoing.headers.add(name: field.name.rawName, value: field.value)
        }
        outgoing.headers.replaceOrAdd(name: HTTPField.Name.tarnRequest.rawName, value: request.id.description)
        let source = self.credential.sign(source: RequestOrigin.current?.source ?? "", of: request.id)
        outgoing.headers.replaceOrAdd(name: HTTPField.Name.tarnForwardedFor.rawName, value: source)
        if let trace = RequestOrigin.current?.trace {
            outgoing.headers.replaceOrAdd(name: HTTPField.Name.traceParent.rawName, value: trace.header)
        }
        outgoing.headers.replaceOrAdd(name: HTTPField.Name.tarnForwardedBy.rawName, value: own.name)
        return outgoing
    }

    private func sharedClient() -> HTTPClient {
        self.state.withLock { state in
            if let client = state.client { return client }
            var configuration = HTTPClient.Configuration()
            if let trustRoots = state.trustRoots {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = trustRoots
                configuration.tlsConfiguration = tls
            }
            configuration.httpVersion = .http1Only
            configuration.redirectConfiguration = .disallow
            configuration.timeout.connect = .milliseconds(Int64(Limits.forwardConnectMilliseconds))
            configuration.timeout.read = .seconds(Int64(Limits.forwardReadSeconds))
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Limits.forwardConnectionsMax
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
            state.client = made
            return made
        }
    }

    private static func problem(_ error: any Error, primary: String, wasSent: Bool) -> Problem {
        wasSent
            ? Problem(
                .unknownOutcome,
                "the connection to the primary at \(primary) was lost; ask again with the same Tarn-Request"
            )
            : Problem(
                .unavailable,
                "the primary at \(primary) cannot be reached; nothing was ordered, ask again",
                headers: [.retryAfter: "1"]
            )
    }

    /// Headers of one connection, which mean nothing on the next one (RFC 9110, section 7.6.1); bodies are framed anew.
    private static let hopHeaders: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "content-length", "expect", "host",
    ]
}
