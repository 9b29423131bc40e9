package import Logging
package import NIOCore
internal import Synchronization

/// An HTTP/2 client of one host: keeps one connection, on which requests run side by side, and makes a new one when it
/// is gone.
///
/// A connection is made when a request needs it. After a failed attempt requests fail at once, with the attempt's
/// reason, until a wait that doubles with each failure is over: callers that ask regularly find out quickly, and the
/// host is not hammered.
package final class HTTP2Client: Sendable {
    /// Bytes of all connections of this client, or of all clients that were given the same counter.
    package let traffic: HTTP2Traffic
    private let eventLoop: any EventLoop
    private let state: NIOLoopBoundBox<ClientState>
    private let nextID = Atomic<UInt64>(1)

    package init(
        address: HTTP2Address,
        security: HTTP2Security?,
        limits: HTTP2Limits = HTTP2Limits(),
        traffic: HTTP2Traffic = HTTP2Traffic(),
        group: any EventLoopGroup,
        logger: Logger
    ) {
        let eventLoop = group.next()
        self.traffic = traffic
        self.eventLoop = eventLoop
        let state = ClientState(
            address: address,
            security: security,
            limits: limits,
            traffic: traffic,
            eventLoop: eventLoop,
            logger: logger
        )
        self.state = .makeBoxSendingValue(state, eventLoop: eventLoop)
    }

    /// Sends `request` and returns the answer. Throws ``HTTP2Error``: its code says whether the request may have been
    /// processed.
    package func send(_ request: HTTP2Request, deadline: ContinuousClock.Instant) async throws -> HTTP2Response {
        let id = self.nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        let promise = self.eventLoop.makePromise(of: HTTP2Response.self)
        let due = NIODeadline.now() + TimeAmount(deadline - .now)
        self.eventLoop.execute {
            self.state.value.send(request, id: id, deadline: due, promise: promise)
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            self.eventLoop.execute {
                self.state.value.abandon(id, HTTP2Error(.cancelled, "the request was cancelled"))
            }
        }
    }

    /// Ends the connection and fails whatever is waiting. A client that is not closed keeps its connection.
    package func close() async {
        try? await self.eventLoop.submit { self.state.value.close() }.get()
    }
}
