import NIOCore
import NIOPosix

@testable import TarnFaultProxy

/// A client, a proxy and a server that sends back whatever comes, on one link from `a` to `b`.
final class EchoPair: Sendable {
    let board = FaultBoard(pairs: [("a", "b")])
    private let server: any Channel
    private let proxy: FaultProxy
    private let client: any Channel
    private let bytes: AsyncStream<Int>

    init() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        self.server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.proxy = try await FaultProxy.start(
            board: self.board,
            from: "a",
            to: "b",
            host: "127.0.0.1",
            port: 0,
            target: ("127.0.0.1", self.server.localAddress?.port ?? 0)
        )
        let (bytes, counted) = AsyncStream.makeStream(of: Int.self)
        self.bytes = bytes
        self.client = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Counter(counted))
                }
            }
            .connect(host: "127.0.0.1", port: self.proxy.port)
            .get()
    }

    /// Sends `count` bytes and returns after how many milliseconds they were back; nil when the connection ended first.
    func roundTrip(_ count: Int) async throws -> Double? {
        let start = ContinuousClock.now
        self.client.writeAndFlush(ByteBuffer(repeating: 7, count: count), promise: nil)
        return await self.arrival(of: count).map { _ in
            let elapsed = (ContinuousClock.now - start).components
            return Double(elapsed.seconds) * 1_000 + Double(elapsed.attoseconds) / 1e15
        }
    }

    func send(_ count: Int) { self.client.writeAndFlush(ByteBuffer(repeating: 7, count: count), promise: nil) }

    /// Waits until `count` bytes came back; nil when the connection ended first.
    func arrival(of count: Int) async -> Int? {
        var left = count
        for await more in self.bytes {
            left -= more
            if left <= 0 { return count }
        }
        return nil
    }

    func stop() async {
        try? await self.client.close()
        try? await self.proxy.stop()
        try? await self.server.close()
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }
    }

    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let counted: AsyncStream<Int>.Continuation

        init(_ counted: AsyncStream<Int>.Continuation) {
            self.counted = counted
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.counted.yield(self.unwrapInboundIn(data).readableBytes)
        }

        func channelInactive(context: ChannelHandlerContext) { self.counted.finish() }
    }
}
