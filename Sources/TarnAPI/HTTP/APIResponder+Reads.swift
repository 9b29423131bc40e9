internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Reads: how much of what was acknowledged they must have seen.
extension APIResponder {
    /// Answers a request here. One that reads waits until the state is what its parameter `read` asks for, and its
    /// answer says what it got.
    func answerHere(_ request: APIRequest, by route: RouteTable.Route) async throws -> Response {
        let grant = try await self.waitIfAsked(request)
        guard !route.isForwarded, route.access != .anyone else { return try await route.handler(request) }
        var request = request
        request.read = grant
        var response = try await route.handler(request)
        grant.stamp(&response, head: self.node.head)
        return response
    }

    /// Waits until this node's state is as new as the request wants: by its parameter `read`, and by `Tarn-At-Least`,
    /// which holds for every level.
    private func waitIfAsked(_ request: APIRequest) async throws -> ReadGrant {
        var op = try Self.atLeast(request)
        let level = try Self.level(of: request, atLeast: op)
        var proof: StateProof?
        switch level {
        case .local: break
        case .atLeast(let wanted): op = max(op ?? .genesis, wanted)
        case .bounded(let milliseconds):
            let found = try await self.node.proof(withinMilliseconds: milliseconds)
            proof = found
            op = max(op ?? .genesis, found.op)
        case .linearizable:
            let start = WallClock.monotonicNanoseconds()
            let covered = try await self.node.linearizableOp()
            proof = StateProof(op: covered, nanoseconds: start)
            op = max(op ?? .genesis, covered)
        }
        if let op, self.node.head.op < op {
            try await self.node.wait(for: op, deadlineMilliseconds: Limits.atLeastWaitMilliseconds)
        }
        return ReadGrant(level: level, op: op, proof: proof ?? self.node.proof)
    }

    /// The op of the header `Tarn-At-Least`, or nil without one.
    private static func atLeast(_ request: APIRequest) throws(Problem) -> Op? {
        guard let header = request.headers[.tarnAtLeast] else { return nil }
        guard let number = UInt64(header) else {
            throw Problem(.invalidRequest, "header Tarn-At-Least is '\(header)'; an op number is expected")
        }
        return Op(number)
    }

    /// What the parameter `read` asks for; `op` is that of the header `Tarn-At-Least`.
    private static func level(of request: APIRequest, atLeast op: Op?) throws(Problem) -> ReadLevel {
        guard let text = request.query["read"] else { return op.map { ReadLevel.atLeast($0) } ?? .local }
        if text == "at-least" {
            guard let op else { throw Problem(.invalidRequest, "read=at-least needs the header Tarn-At-Least: <op>") }
            return .atLeast(op)
        }
        guard let level = ReadLevel(text) else {
            throw Problem(.invalidRequest, "parameter 'read' is '\(text)'; \(ReadLevel.expected) is expected")
        }
        return level
    }
}
