internal import Logging
internal import NIOCore
internal import NIOPosix

/// A client's connection and the requests that wait for it or for answers. Touched on the client's event loop only.
final class ClientState {
    private let address: HTTP2Address
    private let security: HTTP2Security?
    private let limits: HTTP2Limits
    private let traffic: HTTP2Traffic
    private let eventLoop: any EventLoop
    private let logger: Logger
    private var phase = Phase.idle
    private var requests: [UInt64: Outstanding] = [:]
    /// In the order in which they came.
    private var waiting: [UInt64] = []
    private var failedAttempts = 0
    private var timer: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

    private enum Phase {
        /// No connection; the next request makes one.
        case idle
        /// Until the other end's first frame.
        case connecting
        case connected(ConnectionHandler<ClientRole>)
        /// No attempt before `until`; requests fail at once with the reason.
        case backingOff(until: NIODeadline, HTTP2Error)
        case closed
    }

    private struct Outstanding {
        let request: HTTP2Request
        let promise: EventLoopPromise<HTTP2Response>
        let deadline: NIODeadline
        var sent: (connection: ConnectionHandler<ClientRole>, stream: Int32)?
    }

    init(
        address: HTTP2Address,
        security: HTTP2Security?,
        limits: HTTP2Limits,
        traffic: HTTP2Traffic,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.address = address
        self.security = security
        self.limits = limits
        self.traffic = traffic
        self.eventLoop = eventLoop
        self.logger = logger
    }

    // MARK: - From the client

    func send(_ request: HTTP2Request, id: UInt64, deadline: NIODeadline, promise: EventLoopPromise<HTTP2Response>) {
        guard self.requests.count < self.limits.requestsMax else {
            return promise.fail(
                HTTP2Error(.overloaded, "\(self.requests.count) requests to \(self.address) are waiting already")
            )
        }
        self.requests[id] = Outstanding(request: request, promise: promise, deadline: deadline, sent: nil)
        self.armTimer(deadline)
        switch self.phase {
        case .connected(let connection):
            self.transmit(id, on: connection)
        case .connecting:
            self.waiting.append(id)
        case .idle:
            self.waiting.append(id)
            self.connect()
        case .backingOff(let until, let reason):
            guard NIODeadline.now() >= until else { return self.complete(id, .failure(reason)) }
            self.waiting.append(id)
            self.connect()
        case .closed:
            self.complete(id, .failure(HTTP2Error(.closed, "the client of \(self.address) was closed")))
        }
    }

    func abandon(_ id: UInt64, _ error: HTTP2Error) {
        if let sent = self.requests[id]?.sent { sent.connection.role.abandon(sent.connection, stream: sent.stream) }
        self.complete(id, .failure(error))
    }

    func close() {
        let error = HTTP2Error(.closed, "the client of \(self.address) was closed")
        if case .connected(let connection) = self.phase { connection.fail(error) }
        self.phase = .closed
        for id in self.requests.keys.sorted() { self.complete(id, .failure(error)) }
        self.waiting = []
        self.timer?.scheduled.cancel()
        self.timer = nil
    }

    // MARK: - From the connection

    func onReady(_ connection: ConnectionHandler<ClientRole>) {
        switch self.phase {
        case .idle, .connecting, .backingOff: self.phase = .connected(connection)
        case .connected: return connection.fail(HTTP2Error(.closed, "another connection to \(self.address) was faster"))
        case .closed: return connection.fail(HTTP2Error(.closed, "the client of \(self.address) was closed"))
        }
        self.failedAttempts = 0
        self.logger.debug("connected to peer", metadata: ["peer.address": "\(self.address)"])
        let waiting = self.waiting
        self.waiting = []
        for id in waiting where self.requests[id] != nil { self.transmit(id, on: connection) }
    }

    /// The connection takes no new requests; the next one makes another connection.
    func onUnusable(_ connection: ConnectionHandler<ClientRole>) {
        if case .connected(let current) = self.phase, current === connection { self.phase = .idle }
    }

    func onClosed(_ connection: ConnectionHandler<ClientRole>, error: HTTP2Error) {
        switch self.phase {
        case .connected(let current) where current === connection: self.phase = .idle
        // A connection that never became active is reported by the attempt itself, with the system's reason.
        case .connecting where connection.wasActive && !connection.wasReady: self.onAttemptFailed(error)
        case .connected, .connecting, .idle, .backingOff, .closed: break
        }
    }

    func complete(_ id: UInt64, _ result: Result<HTTP2Response, HTTP2Error>) {
        guard let outstanding = self.requests.removeValue(forKey: id) else { return }
        outstanding.promise.completeWith(result.mapError { $0 })
    }

    // MARK: - Private

    private func transmit(_ id: UInt64, on connection: ConnectionHandler<ClientRole>) {
        guard let outstanding = self.requests[id] else { return }
        do {
            let stream = try connection.role.send(
                connection,
                id: id,
                outstanding.request,
                scheme: self.security == nil ? "http" : "https",
                authority: self.address.description
            )
            self.requests[id]?.sent = (connection, stream)
        } catch {
            self.onUnusable(connection)
            connection.drain()
            self.complete(id, .failure(error))
        }
    }

    private func connect() {
        self.phase = .connecting
        let loop = NIOLoopBound(self, eventLoop: self.eventLoop)
        ClientBootstrap(group: self.eventLoop)
            .connectTimeout(.milliseconds(self.limits.connectMilliseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator.peer)
            .channelOption(.writeBufferWaterMark, value: .peer)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try loop.value.buildPipeline(channel) }
            }
            .connect(host: self.address.host, port: self.address.port)
            .whenFailure { error in
                // Once connected, the handler reports what happens.
                loop.value.onAttemptFailed(HTTP2Error(.unavailable, "cannot connect: \(error)"))
            }
    }

    private func buildPipeline(_ channel: any Channel) throws {
        let trust = self.security.map { _ in PeerTrust() }
        if let security = self.security, let trust {
            try channel.pipeline.syncOperations.addHandler(security.clientHandler(trust: trust))
        }
        let handler = ConnectionHandler(
            session: try Session(role: .client, limits: self.limits),
            role: ClientRole(client: self),
            trust: trust,
            traffic: self.traffic
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private func onAttemptFailed(_ error: HTTP2Error) {
        guard case .connecting = self.phase else { return }
        let code = error.code == .untrustedPeer || error.code == .handshakeFailed ? error.code : .unavailable
        let reason = HTTP2Error(code, "no connection to \(self.address): \(error.message)")
        self.failedAttempts = min(self.failedAttempts + 1, 16)
        let wait = min(
            self.limits.backoffMillisecondsMin << (self.failedAttempts - 1),
            self.limits.backoffMillisecondsMax
        )
        self.phase = .backingOff(until: .now() + .milliseconds(wait), reason)
        self.logger.debug("cannot connect to peer", metadata: ["peer.address": "\(self.address)", "error": "\(error)"])
        let waiting = self.waiting
        self.waiting = []
        for id in waiting { self.complete(id, .failure(reason)) }
    }

    /// One timer for all requests, at the earliest deadline.
    private func armTimer(_ deadline: NIODeadline) {
        if let timer = self.timer {
            guard deadline < timer.deadline else { return }
            timer.scheduled.cancel()
        }
        let scheduled = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.onTimer() }
        self.timer = (deadline, scheduled)
    }

    private func onTimer() {
        self.timer = nil
        let now = NIODeadline.now()
        for (id, outstanding) in self.requests where outstanding.deadline <= now {
            self.abandon(
                id,
                HTTP2Error(.timedOut, "no answer from \(self.address) to \(outstanding.request.path) in time")
            )
        }
        if let next = self.requests.values.map(\.deadline).min() { self.armTimer(next) }
    }
}
