internal import Logging
internal import NIOCore

/// One accepted connection, as the tasks see it.
final class ServerConnection: Sendable {
    private let channel: any Channel
    private let requests: AsyncStream<ServerRequest>
    private let handler: NIOLoopBound<ConnectionHandler<ServerRole>>

    /// Builds the pipeline of `channel`. On its event loop.
    init(
        channel: any Channel,
        security: HTTP2Security?,
        limits: HTTP2Limits,
        traffic: HTTP2Traffic,
        logger: Logger
    ) throws {
        var logger = logger
        logger[metadataKey: "peer.address"] = "\(channel.remoteAddress.map { "\($0)" } ?? "unknown")"
        let (requests, continuation) = AsyncStream.makeStream(
            of: ServerRequest.self,
            bufferingPolicy: .bufferingOldest(limits.streamsMax)
        )
        let trust = security.map { _ in PeerTrust() }
        let handler = ConnectionHandler(
            session: try Session(role: .server, limits: limits),
            role: ServerRole(requests: continuation, logger: logger),
            trust: trust,
            traffic: traffic
        )
        if let security, let trust {
            try channel.pipeline.syncOperations.addHandler(security.serverHandler(trust: trust))
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        self.channel = channel
        self.requests = requests
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Answers requests until the connection is closed, then cancels what is still being answered. `respond` begins on
    /// the connection's event loop.
    func serve(_ respond: @escaping @Sendable (HTTP2Request) async -> HTTP2Response) async {
        await withTaskExecutorPreference(LoopExecutor.of(self.channel.eventLoop)) {
            await withDiscardingTaskGroup { group in
                for await next in self.requests {
                    group.addTask {
                        let response = await respond(next.request)
                        self.answer(stream: next.stream, response)
                    }
                }
                group.cancelAll()
            }
        }
        self.close()
    }

    /// Lets open requests finish within the limit, then closes.
    func drain() {
        self.channel.eventLoop.execute { self.handler.value.drain() }
    }

    func close() {
        self.channel.close(promise: nil)
    }

    private func answer(stream: Int32, _ response: HTTP2Response) {
        self.channel.eventLoop.execute {
            let handler = self.handler.value
            handler.role.answer(handler, stream: stream, response)
        }
    }
}
