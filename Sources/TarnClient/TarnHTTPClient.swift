internal import NIOCore
internal import Synchronization
package import TarnCore

/// Asks the nodes of one cluster: chooses a node, tries again where that is safe, and tells a definite no from an
/// unknown outcome.
///
/// A node answers 503 when a request was certainly not ordered. Every write carries a request id, with which it commits
/// at most once; so a write whose connection was lost is sent again under the same id until a node knows its outcome.
package final class TarnHTTPClient: Sendable {
    package let configuration: ClientConfiguration
    private let transport: any TarnTransport
    private let token: String?
    private let clientName: String
    private let nodes: [ClientConfiguration.Member]
    /// What every read asks for; nil for what the node has, with this client's own writes.
    private let readLevel: ReadLevel?
    private let state: Mutex<State>

    private struct State {
        /// Index of the node that answered last.
        var preferred = 0
        var lastRequest: UInt64 = 0
        var lastWrite: Op?
        var atLeast: Op?
        var lastRead: ServedRead?
    }

    /// What a node said about the last read that it answered.
    package struct ServedRead: Hashable, Sendable {
        package let level: String
        package let op: Op
        /// Nil when the node could not tell.
        package let staleAtMostMilliseconds: UInt64?
    }

    /// An answer with a status of success, or 304.
    package struct Answer: Sendable {
        package let head: TransportResponseHead
        package let body: [UInt8]

        package var op: Op? { self.head.headers["tarn-op"].flatMap { UInt64($0) }.map { Op($0) } }
        package var root: Digest? { self.head.headers["tarn-root"].flatMap { Digest(hex: $0) } }
    }

    /// `clientName` names this process in request ids; with `datacenter`, only that datacentre's node is asked.
    /// `atLeast` is the op that every read must have seen; `readLevel` what each of them asks for. Throws
    /// ``ClientError`` with code `usage` when the configuration has no such node.
    package init(
        configuration: ClientConfiguration,
        transport: any TarnTransport,
        clientName: String,
        datacenter: String? = nil,
        atLeast: Op? = nil,
        readLevel: ReadLevel? = nil
    ) throws(ClientError) {
        self.readLevel = readLevel
        self.configuration = configuration
        self.transport = transport
        self.token = configuration.token
        self.clientName = clientName
        self.nodes = try configuration.nodes(of: datacenter)
        self.state = Mutex(State(atLeast: atLeast))
    }

    /// The op of the last write that this client made, or nil.
    package var lastWrite: Op? { self.state.withLock { $0.lastWrite } }

    /// What was served of the last read, or nil.
    package var lastRead: ServedRead? { self.state.withLock { $0.lastRead } }

    /// From now on, reads must have seen `op`.
    package func raise(atLeast op: Op) {
        self.state.withLock { $0.atLeast = max($0.atLeast ?? .genesis, op) }
    }

    /// The id of a new write.
    package func nextRequest() throws(ClientError) -> RequestID {
        let number = self.state.withLock { state in
            state.lastRequest += 1
            return state.lastRequest
        }
        do {
            return try RequestID(client: self.clientName, number: number)
        } catch {
            throw ClientError(.failed, error.message)
        }
    }

    /// Sends a request that changes nothing, or that may be repeated freely because its effect depends on its content
    /// alone.
    package func read(_ request: TransportRequest) async throws -> Answer {
        try await self.perform(request, write: nil)
    }

    /// Sends a request whose answer comes in lines or parts over a long time. It is not repeated once a part has come.
    package func stream(
        _ request: TransportRequest,
        receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Answer {
        try await self.perform(request, write: nil, receive: receive)
    }

    /// Sends a write under `id`. Throws with code `unknownOutcome` when no node could tell what became of it.
    package func write(_ request: TransportRequest, id: RequestID) async throws -> Answer {
        let answer = try await self.perform(request, write: id)
        if let op = answer.op {
            self.state.withLock { state in
                state.lastWrite = max(state.lastWrite ?? .genesis, op)
                state.atLeast = max(state.atLeast ?? .genesis, op)
            }
        }
        return answer
    }

    /// Sends a request that changes something and has no id under which it happens at most once: never again once it
    /// may have arrived, because a second one would be refused for what the first did. Throws with code
    /// `unknownOutcome` when it is not known what became of it.
    package func change(_ request: TransportRequest) async throws -> Answer {
        try await self.perform(request, write: nil, isRepeatable: false)
    }

    private func perform(
        _ request: TransportRequest,
        write: RequestID?,
        isRepeatable: Bool = true,
        receive: (@Sendable ([UInt8]) async throws -> Void)? = nil
    ) async throws -> Answer {
        var request = request
        let asked = write == nil && request.readsState ? self.readLevel : nil
        if let asked { request.add(query: "read", asked.description) }
        request.headers += self.headers(
            write: write,
            mustSeeLastWrite: request.mustSeeLastWrite && (asked?.includesOwnWrites ?? true)
        )
        if write != nil, (request.body?.readableBytes ?? 0) <= Limits.inlineBytesMax {
            // What is small is sent and ordered in less, or will not be.
            request.deadlineMilliseconds = min(request.deadlineMilliseconds, Limits.clientAttemptMilliseconds)
        }
        var retry = RetryState(
            nodeCount: self.nodes.count,
            isWrite: write != nil || !isRepeatable,
            isRepeatable: isRepeatable,
            patienceMilliseconds: request.patienceMilliseconds
        )
        let start = ContinuousClock.now
        while true {
            let index = self.state.withLock { ($0.preferred + retry.nodeOffset) % self.nodes.count }
            let collector = AnswerCollector(forward: receive, expectedBytesCount: request.expectedBytesCount)
            let decision: RetryState.Decision
            do {
                let head = try await self.transport.exchange(request, with: self.nodes[index].url) { status, part in
                    try await collector.append(part, status: status)
                }
                let body = collector.take()
                if (200..<300).contains(head.status) || head.status == 304 {
                    self.state.withLock { $0.preferred = index }
                    if asked != nil { self.noteRead(head) }
                    return Answer(head: head, body: body)
                }
                decision = retry.onRejected(Self.rejection(head, body, request), elapsed: .now - start)
            } catch let failure as TransportFailure {
                decision =
                    collector.hasForwarded
                    ? .fail(ClientError(.failed, failure.message)) : retry.onFailure(failure, elapsed: .now - start)
            }
            switch decision {
            case .pause(let milliseconds): try await self.transport.pause(milliseconds: milliseconds)
            case .again: break
            case .fail(let error): throw error
            }
        }
    }

    private func noteRead(_ head: TransportResponseHead) {
        guard let level = head.headers["tarn-read"], let op = head.headers["tarn-op"].flatMap({ UInt64($0) }) else {
            return
        }
        let stale = head.headers["tarn-stale-at-most"].flatMap { UInt64($0) }
        self.state.withLock {
            $0.lastRead = ServedRead(level: level, op: Op(op), staleAtMostMilliseconds: stale)
        }
    }

    private func headers(write: RequestID?, mustSeeLastWrite: Bool) -> [(name: String, value: String)] {
        var out: [(name: String, value: String)] = []
        if let token { out.append(("Authorization", "Bearer \(token)")) }
        if let write { out.append(("Tarn-Request", write.description)) }
        if write == nil, mustSeeLastWrite, let op = self.state.withLock({ $0.atLeast }) {
            out.append(("Tarn-At-Least", op.description))
        }
        return out
    }

    /// What an answer other than success says.
    private static func rejection(
        _ head: TransportResponseHead,
        _ body: [UInt8],
        _ request: TransportRequest
    ) -> ClientError {
        let value = try? JSONValue(parsing: body)
        let errorCode = value?["error_code"]?.string
        let message = value?["message"]?.string ?? Self.fallbackMessage(head.status, request)
        let code: ClientError.Code = head.status < 500 || head.status == 503 ? .rejected : .failed
        return ClientError(code, message, status: head.status, errorCode: errorCode)
    }

    private static func fallbackMessage(_ status: Int, _ request: TransportRequest) -> String {
        let asked = "\(request.method.rawValue) \(request.target.prefix { $0 != "?" })"
        return switch status {
        case 401: "the cluster does not know the token; check 'token' in client.yaml or --token"
        case 404: "\(asked): not found"
        default: "\(asked): answered with HTTP status \(status)"
        }
    }
}
