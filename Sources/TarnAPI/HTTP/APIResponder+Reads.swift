internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Reads: how much of what was acknowledged they must have seen.
extension APIResponder {
    /// Answers a request here. One that reads waits until the state is what its parameter `read` asks for, and its answer
    /// says what it got.
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
        let level = try Self.level(of: request)
        var op: Op?
        if let header = request.headers[.tarnAtLeast] {
            guard let number = UInt64(header) else {
                throw Problem(.invalidRequest, "header Tarn-At-Least is '\(header)'; an op number is expected")
            }
            op = Op(number)
        }
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

    private static func level(of request: APIRequest) throws(Problem) -> ReadLevel {
        guard let text = request.query["read"] else {
            return request.headers[.tarnAtLeast].flatMap { UInt64($0) }.map { .atLeast(Op($0)) } ?? .local
        }
        if text == "at-least" {
            guard let op = request.headers[.tarnAtLeast].flatMap({ UInt64($0) }) else {
                throw Problem(.invalidRequest, "read=at-least needs the header Tarn-At-Least: <op>")
            }
            return .atLeast(Op(op))
        }
        guard let level = ReadLevel(text) else {
            throw Problem(.invalidRequest, "parameter 'read' is '\(text)'; \(ReadLevel.expected) is expected")
        }
        return level
    }
}
