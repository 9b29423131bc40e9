internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// What clients get that know nothing of op numbers: their own writes when they read, and an answer during a change of
/// primary.
extension APIResponder {
    func answerPatiently(_ request: APIRequest, by route: RouteTable.Route) async throws -> Response {
        let response: Response
        if route.isForwarded, let primary = await self.node.primaryURL {
            response = try await self.forwardPatiently(request, by: route, to: primary)
        } else {
            if let bearer = request.principal?.name,
                let op = self.ownWrites.pending(of: bearer, head: self.node.head.op)
            {
                try await self.node.wait(for: op, deadlineMilliseconds: Limits.atLeastWaitMilliseconds)
            }
            try await self.waitIfAsked(request)
            response = try await route.handler(request)
        }
        if route.isForwarded, let bearer = request.principal?.name,
            let op = response.headers[.tarnOp].flatMap({ UInt64($0) })
        {
            self.ownWrites.note(Op(op), by: bearer, head: self.node.head.op)
        }
        return response
    }

    /// Sends the request to whoever leads, again while it is certain that nothing was ordered, until the deadline.
    private func forwardPatiently(
        _ request: APIRequest,
        by route: RouteTable.Route,
        to primary: String
    ) async throws -> Response {
        let deadline = WallClock.monotonicNanoseconds() + UInt64(Limits.patienceMilliseconds) * 1_000_000
        let (request, isRepeatable) = try await self.repeatable(request)
        var primary: String? = primary
        while let url = primary {
            do {
                return try await self.forwarder.forward(
                    request,
                    to: url,
                    from: self.node.datacenter,
                    isOrdering: route.isOrdering
                )
            } catch let problem as Problem {
                guard problem.code == .unavailable, isRepeatable, request.headers[.tarnForwardedBy] == nil,
                    WallClock.monotonicNanoseconds() < deadline
                else { throw problem }
            }
            try await Task.sleep(for: .milliseconds(Limits.patiencePauseMilliseconds))
            primary = await self.node.primaryURL
        }
        // This node leads by now.
        return try await route.handler(request)
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
