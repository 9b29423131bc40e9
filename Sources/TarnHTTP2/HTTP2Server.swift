package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// An HTTP/2 server over TCP: with mutual TLS 1.3, or in plain text for tests and tools on one machine.
///
/// ``bind()`` opens the listener, ``run()`` serves until ``drain()`` or until its task is cancelled. Each connection is
/// a child task of `run`, each request a child of its connection's, so nothing outlives `run`.
package final class HTTP2Server: Sendable {
    /// Answers one request. It begins on the connection's event loop (``LoopExecutor``) and must go elsewhere for
    /// anything that takes long.
    package typealias Handler = @Sendable (HTTP2Request) async -> HTTP2Response

    /// Bytes of all connections of this server.
    package let traffic = HTTP2Traffic()
    private let address: HTTP2Address
    private let security: HTTP2Security?
    private let limits: HTTP2Limits
    private let group: any EventLoopGroup
    private let logger: Logger
    private let handler: Handler
    private let accepted: AsyncStream<ServerConnection>
    private let acceptedContinuation: AsyncStream<ServerConnection>.Continuation
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var isDraining = false
    }

    package init(
        address: HTTP2Address,
        security: HTTP2Security?,
        limits: HTTP2Limits = HTTP2Limits(),
        group: any EventLoopGroup,
        logger: Logger,
        handler: @escaping Handler
    ) {
        self.address = address
        self.security = security
        self.limits = limits
        self.group = group
        self.logger = logger
        self.handler = handler
        (self.accepted, self.acceptedContinuation) = AsyncStream.makeStream(
            of: ServerConnection.self,
            bufferingPolicy: .bufferingOldest(limits.connectionsMax)
        )
    }

    /// The port that the listener has, or nil before ``bind()`` and after the end.
    package var boundPort: Int? {
        self.state.withLock { $0.listener }?.localAddress?.port
    }

    package var connectionsCount: Int {
        self.state.withLock { $0.connections.count }
    }

    /// Opens the listener, once. Throws `unavailable` with the address when the system refuses it.
    package func bind() async throws {
        guard self.state.withLock({ $0.listener == nil }) else { return }
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator.peer)
            .childChannelOption(.writeBufferWaterMark, value: .peer)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
        do {
            let listener = try await bootstrap.bind(host: self.address.host, port: self.address.port).get()
            self.state.withLock { $0.listener = listener }
        } catch {
            throw HTTP2Error(.unavailable, "cannot listen on \(self.address): \(error)")
        }
    }

    /// Serves until ``drain()`` was called and the open requests are answered, or until the task is cancelled, which
    /// ends them.
    package func run() async throws {
        try await self.bind()
        await withDiscardingTaskGroup { group in
            for await connection in self.accepted {
                group.addTask { await connection.serve(self.handler) }
            }
        }
        self.drain()
        for connection in self.state.withLock({ $0.connections.values }) { connection.close() }
        let listener = self.state.withLock { $0.listener.take() }
        try? await listener?.closeFuture.get()
    }

    /// Stops accepting, tells every client to go elsewhere, and lets ``run()`` end once the open requests are answered
    /// or their time is up.
    package func drain() {
        let (listener, connections) = self.state.withLock { state in
            state.isDraining = true
            return (state.listener, Array(state.connections.values))
        }
        listener?.close(promise: nil)
        self.acceptedContinuation.finish()
        for connection in connections { connection.drain() }
    }

    private func accept(_ channel: any Channel) throws {
        let connection = try ServerConnection(
            channel: channel,
            security: self.security,
            limits: self.limits,
            traffic: self.traffic,
            logger: self.logger
        )
        let key = ObjectIdentifier(connection)
        let isAdmitted = self.state.withLock { state in
            guard !state.isDraining, state.connections.count < self.limits.connectionsMax else { return false }
            state.connections[key] = connection
            return true
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.connections[key] = nil }
        }
        guard isAdmitted, case .enqueued = self.acceptedContinuation.yield(connection) else {
            throw HTTP2Error(.refused, "no more than \(self.limits.connectionsMax) connections are served")
        }
    }
}

extension AdaptiveRecvByteBufferAllocator {
    /// Larger reads make the TLS handler's buffers grow and cost more than they save.
    static var peer: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 4_096, initial: 16_384, maximum: 65_536)
    }
}

extension ChannelOptions.Types.WriteBufferWaterMark {
    /// At most about a megabyte waits in a channel; the rest stays in the session, where it is not copied yet.
    static var peer: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 1 << 20)
    }
}
