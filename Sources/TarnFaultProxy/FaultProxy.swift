package import NIOCore
internal import NIOPosix

/// A TCP proxy on the way from one place to another that delays, slows down, cuts and ends what goes through it.
package struct FaultProxy: Sendable {
    /// Something that cannot be proxied, and why.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let channel: any Channel

    /// Listens on `host`, `port` (0 for any) and passes every connection on to `target`, with the faults that `board`
    /// has for the two directions between `from` and `to`. Throws when the address cannot be listened on.
    package static func start(
        board: FaultBoard,
        from: String,
        to: String,
        host: String,
        port: Int,
        target: (host: String, port: Int),
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) async throws -> FaultProxy {
        guard let forward = board.line(from: from, to: to), let backward = board.line(from: to, to: from) else {
            throw Failure(description: "nothing links \(from) and \(to)")
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { inbound in
                inbound.eventLoop.makeCompletedFuture {
                    try Self.relay(inbound, to: target, forward: forward, backward: backward)
                }
            }
            .bind(host: host, port: port)
            .get()
        return FaultProxy(channel: channel)
    }

    /// The port that it listens on.
    package var port: Int { self.channel.localAddress?.port ?? 0 }

    /// Stops listening; connections that run end with their ends.
    package func stop() async throws { try await self.channel.close() }

    private static func relay(
        _ inbound: any Channel,
        to target: (host: String, port: Int),
        forward: FaultLine,
        backward: FaultLine
    ) throws {
        let relay = FaultRelay(line: forward)
        try inbound.pipeline.syncOperations.addHandler(relay)
        let bound = NIOLoopBound(relay, eventLoop: inbound.eventLoop)
        let connected = ClientBootstrap(group: inbound.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { outbound in
                outbound.eventLoop.makeCompletedFuture {
                    let answers = FaultRelay(line: backward)
                    answers.peer = inbound
                    try outbound.pipeline.syncOperations.addHandler(answers)
                }
            }
            .connect(host: target.host, port: target.port)
        connected.whenSuccess { bound.value.peer = $0 }
        // Later, for a refusal may come before the connection has been taken up, and a close then would be lost.
        connected.whenFailure { _ in inbound.eventLoop.execute { inbound.close(promise: nil) } }
    }
}
