internal import NIOCore
internal import NIOSSL

/// The last handler of a connection's pipeline: moves bytes between the channel and the HTTP/2 session, checks that the
/// other end was judged before its first byte is taken in, and keeps the connection's clocks.
final class ConnectionHandler<Role: ConnectionRole>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let session: Session
    let role: Role
    private let trust: PeerTrust?
    private let traffic: HTTP2Traffic
    private var context: ChannelHandlerContext?
    private var failure: HTTP2Error?
    private var isReady = false
    private var isPumpScheduled = false
    private var openedAt = NIODeadline.uptimeNanoseconds(0)
    private var heardAt = NIODeadline.uptimeNanoseconds(0)
    private var pingedAt: NIODeadline?
    private var drainDeadline: NIODeadline?
    private var tick: RepeatedTask?

    init(session: Session, role: Role, trust: PeerTrust?, traffic: HTTP2Traffic) {
        self.session = session
        self.role = role
        self.trust = trust
        self.traffic = traffic
    }

    var remoteAddress: String { self.context?.remoteAddress.map { "\($0)" } ?? "unknown" }

    /// Whether new streams may be opened here.
    var isOpen: Bool { self.isReady && self.failure == nil && self.drainDeadline == nil && self.context != nil }
    /// Whether the other end has ever spoken.
    var wasReady: Bool { self.isReady }
    /// Whether the channel was ever connected.
    private(set) var wasActive = false

    // MARK: - From the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.failure == nil else { return }
        // The buffer is let go as soon as the session has copied out of it, so that the TLS handler can use it again.
        let buffer = self.unwrapInboundIn(data)
        self.traffic.addReceived(buffer.readableBytes)
        self.heardAt = .now()
        self.pingedAt = nil
        do {
            try self.checkTrust()
            try buffer.withUnsafeReadableBytes { bytes throws(HTTP2Error) in try self.session.receive(bytes) }
        } catch {
            self.fail(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.dispatchEvents()
        self.pump()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.pump() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isTLS = error is NIOSSLError || error is BoringSSLError
        if case .failure(let refusal)? = self.trust?.verdict {
            self.fail(refusal)
        } else if isTLS, !self.isReady {
            // In TLS 1.3 a client learns only after its own handshake that its certificate was refused.
            self.fail(HTTP2Error(.handshakeFailed, "TLS handshake failed, or the other end refused it: \(error)"))
        } else {
            self.fail(HTTP2Error(.connectionLost, "connection failed: \(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(HTTP2Error(.connectionLost, "the other end closed the connection"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.finish(HTTP2Error(.connectionLost, "the connection was closed"))
    }

    // MARK: - From the role and its owner

    /// Writes what the session has to say once the present turn of the event loop is over, so that many answers share
    /// one write.
    func schedulePump() {
        guard !self.isPumpScheduled, let context = self.context else { return }
        self.isPumpScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isPumpScheduled = false
            self.pump()
        }
    }

    /// Ends the connection because of `error`.
    func fail(_ error: HTTP2Error) {
        guard self.failure == nil, let context = self.context else { return }
        self.failure = error
        context.close(promise: nil)
    }

    /// Takes no new streams, lets the open ones finish within the limit and closes then.
    func drain() {
        guard self.drainDeadline == nil else { return }
        self.drainDeadline = .now() + .milliseconds(self.session.limits.drainMilliseconds)
        self.session.goAway()
        self.pump()
        self.closeIfDrained()
    }

    /// After a stream was answered.
    func closeIfDrained() {
        guard self.drainDeadline != nil, self.role.openCount == 0, self.session.streams.isEmpty else { return }
        self.fail(HTTP2Error(.closed, "the connection was drained"))
    }

    // MARK: - Private

    private func start(_ context: ChannelHandlerContext) {
        guard self.tick == nil else { return }
        self.wasActive = true
        self.openedAt = .now()
        self.heardAt = self.openedAt
        let loop = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.tick = context.eventLoop.scheduleRepeatedTask(
            initialDelay: Self.tickInterval,
            delay: Self.tickInterval
        ) { _ in
            loop.value.onTick()
        }
        self.pump()
    }

    /// Nothing that an unjudged peer sends reaches the session.
    private func checkTrust() throws(HTTP2Error) {
        guard let trust = self.trust, !self.isReady else { return }
        switch trust.verdict {
        case .success: break
        case .failure(let error): throw error
        case nil: throw HTTP2Error(.untrustedPeer, "the peer showed no certificate on this connection")
        }
    }

    private func dispatchEvents() {
        for event in self.session.takeEvents() {
            switch event {
            case .ready:
                self.isReady = true
                self.role.onReady(self, peer: try? self.trust?.verdict?.get())
            case .message(let stream, let message):
                self.role.onMessage(self, stream: stream, message)
            case .oversized(let stream, let status, let reason):
                self.role.onOversized(self, stream: stream, status: status, reason: reason)
            case .closed(let stream, let code):
                self.role.onStreamClosed(self, stream: stream, code: code)
            case .notSent(let stream):
                self.role.onStreamClosed(self, stream: stream, code: nil)
            case .pingAnswered:
                self.pingedAt = nil
            case .goingAway:
                self.role.onGoingAway(self)
            }
        }
    }

    /// Writes frames until there are none or the channel has enough. Never called from within a callback of the
    /// session.
    private func pump() {
        guard let context = self.context, self.failure == nil else { return }
        do {
            while context.channel.isWritable {
                let capacity = min(self.session.unsentBytesCount, Self.writeBytes + self.session.limits.frameBytesMax)
                var buffer = context.channel.allocator.buffer(capacity: capacity + 1_024)
                let hasMore = try self.session.produce(into: &buffer, bytesMax: Self.writeBytes)
                guard buffer.readableBytes > 0 else { break }
                self.traffic.addSent(buffer.readableBytes)
                // Flushed each time: only then does the TLS handler pass it on and the channel know how much is
                // waiting.
                context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
                guard hasMore else { break }
            }
        } catch {
            self.fail(error)
            return
        }
        // Closing a stream is also an event of sending its last frame.
        self.dispatchEvents()
        if self.session.isFinished {
            self.fail(HTTP2Error(.connectionLost, "the HTTP/2 session ended"))
        } else {
            self.closeIfDrained()
        }
    }

    private func onTick() {
        let now = NIODeadline.now()
        let limits = self.session.limits
        if let deadline = self.drainDeadline, now >= deadline {
            return self.fail(HTTP2Error(.closed, "the connection was closed with requests open"))
        }
        if !self.isReady {
            if now >= self.openedAt + .milliseconds(limits.handshakeMilliseconds) {
                self.fail(HTTP2Error(.handshakeFailed, "no HTTP/2 within \(limits.handshakeMilliseconds) ms"))
            }
            return
        }
        let silent = (now - self.heardAt).nanoseconds / 1_000_000
        if let pingedAt = self.pingedAt {
            if now >= pingedAt + .milliseconds(limits.pingTimeoutMilliseconds) {
                self.fail(HTTP2Error(.connectionLost, "no answer to a ping for \(limits.pingTimeoutMilliseconds) ms"))
            }
        } else if silent >= limits.pingMilliseconds {
            self.pingedAt = now
            self.session.ping()
        }
        self.role.onTick(self, now: now)
        self.pump()
    }

    private func finish(_ error: HTTP2Error) {
        guard self.context != nil else { return }
        // What came before the end still counts.
        self.dispatchEvents()
        self.context = nil
        self.tick?.cancel()
        self.tick = nil
        self.role.onClosed(self, error: self.failure ?? error)
    }

    private static var tickInterval: TimeAmount { .seconds(1) }
    /// What is written at once before the channel is asked whether it wants more.
    private static var writeBytes: Int { 256 << 10 }
}
