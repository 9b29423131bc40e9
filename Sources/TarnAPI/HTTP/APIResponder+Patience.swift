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

    /// Has the request answered by whoever leads, here or elsewhere, again while it is certain that nothing was
    /// ordered, until patience is over.
    private func writePatiently(_ request: APIRequest, by route: RouteTable.Route) async throws -> Response {
        let patience = Patience()
        // Who shows no token has proved nothing yet: such a body is read when the handler has judged its request.
        let (request, isRepeatable) =
            route.access == .anyone ? (request, false) : try await self.repeatable(request)
        // The node that passed a request on is the one that knows how long its client waits already.
        let isWaiting = isRepeatable && request.headers[.tarnForwardedBy] == nil
        return try await patience.asking {
            let mayAskAgain = isWaiting && !patience.isOver
            do {
                guard let primary = self.node.primaryURL else { return try await route.handler(request) }
                let response = try await self.forwarder.forward(
                    request,
                    to: primary,
                    from: self.node.datacenter,
                    isOrdering: route.isOrdering
                )
                return mayAskAgain && response.status == .serviceUnavailable ? nil : response
            } catch {
                guard mayAskAgain, !(error is DatabricksError), Problem(error).code == .unavailable else { throw error }
                return nil
            }
        }
    }

    /// The request with its body in memory when that is small, so that it can be sent more than once.
    private func repeatable(_ request: APIRequest) async throws -> (APIRequest, Bool) {
        guard request.hasBody else { return (request, true) }
        guard let length = request.announcedLength, length <= UInt64(Limits.patientBodyBytesMax) else {
            return (request, false)
        }
        let body = try await request.body(max: Limits.patientBodyBytesMax)
        var request = request
        request.http.body = RequestBody(buffer: ByteBuffer(bytes: body))
        return (request, true)
    }
}
