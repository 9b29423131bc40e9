internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// What clients get that know nothing of op numbers: their own writes when they read, and an answer during a change of
/// primary.
extension APIResponder {
    func answerPatiently(_ request: APIRequest, by route: RouteTable.Route) async throws -> Response {
        let bearer = request.principal?.name
        guard route.isForwarded else {
            if let bearer, let op = self.ownWrites.pending(of: bearer, head: self.node.head.op) {
                try await self.node.wait(for: op, deadlineMilliseconds: Limits.atLeastWaitMilliseconds)
            }
            return try await self.answerHere(request, by: route)
        }
        let response = try await self.writePatiently(request, by: route)
        if let bearer, let op = response.headers[.tarnOp].flatMap({ UInt64($0) }) {
            self.ownWrites.note(Op(op), by: bearer, head: self.node.head.op)
        }
        return response
    }

    /// Has the request answered by whoever leads, here or elsewhere, again while it is certain that nothing was ordered,
    /// until the deadline.
    private func writePatiently(_ request: APIRequest, by route: RouteTable.Route) async throws -> Response {
        let deadline = WallClock.monotonicNanoseconds() + UInt64(Limits.patienceMilliseconds) * 1_000_000
        let (request, isRepeatable) = try await self.repeatable(request)
        // The node that passed a request on is the one that knows how long its client waits already.
        let isWaiting = isRepeatable && request.headers[.tarnForwardedBy] == nil
        while true {
            let mayAskAgain = isWaiting && WallClock.monotonicNanoseconds() < deadline
            do {
                guard let primary = await self.node.primaryURL else { return try await route.handler(request) }
                let response = try await self.forwarder.forward(
                    request,
                    to: primary,
                    from: self.node.datacenter,
                    isOrdering: route.isOrdering
                )
                guard mayAskAgain, response.status == .serviceUnavailable else { return response }
            } catch {
                guard mayAskAgain, !(error is DatabricksError), Problem(error).code == .unavailable else { throw error }
            }
            try await Task.sleep(for: .milliseconds(Limits.patiencePauseMilliseconds))
        }
    }

    /// The request with its body in memory when that is small, so that it can be sent more than once.
    private func repeatable(_ request: APIRequest) async throws -> (APIRequest, Bool) {
        guard request.hasBody else { return (request, true) }
        guard let length = request.announcedLength, length <= UInt64(Limits.patientBodyBytesMax) else {
            return (request, false)
        }
        let body = try await request.body(max: Limits.patientBodyBytesMax)
        var http = request.http
        http.body = RequestBody(buffer: ByteBuffer(bytes: body))
        return (request.with(http: http), true)
    }
}

extension APIRequest {
    /// The same request with another head or body.
    func with(http: Request) -> APIRequest {
        APIRequest(
            http: http,
            query: self.query,
            rest: self.rest,
            captures: self.captures,
            workspace: self.workspace,
            id: self.id,
            principal: self.principal,
            logger: self.logger,
            permit: self.permit
        )
    }
}
