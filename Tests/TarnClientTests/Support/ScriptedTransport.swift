import NIOCore
import Synchronization
import TarnClient

/// Answers from a list, one entry for each request, and notes what it was asked.
final class ScriptedTransport: TarnTransport {
    enum Step: Sendable {
        /// Status, body, and headers besides the op.
        case answer(Int, String, headers: [String: String] = [:])
        /// No connection was made.
        case refused
        /// The connection was lost behind the request.
        case lost
    }

    struct Asked: Sendable {
        let url: String
        let target: String
        let headers: [String: String]
        let deadlineMilliseconds: Int
    }

    private struct State {
        var steps: [Step]
        var asked: [Asked] = []
        var pauses: [Int] = []
    }

    private let state: Mutex<State>
    /// What follows when the list is used up.
    private let last: Step

    init(_ steps: [Step], last: Step = .answer(200, "{}")) {
        self.state = Mutex(State(steps: steps))
        self.last = last
    }

    var asked: [Asked] { self.state.withLock { $0.asked } }
    var pauses: [Int] { self.state.withLock { $0.pauses } }

    func pause(milliseconds: Int) async throws {
        self.state.withLock { $0.pauses.append(milliseconds) }
    }

    func exchange(
        _ request: TransportRequest,
        with url: String,
        receive: @Sendable (Int, ByteBuffer) async throws -> Void
    ) async throws -> TransportResponseHead {
        let step = self.state.withLock { state in
            state.asked.append(
                Asked(
                    url: url,
                    target: request.target,
                    headers: Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
                    deadlineMilliseconds: request.deadlineMilliseconds
                )
            )
            return state.steps.isEmpty ? self.last : state.steps.removeFirst()
        }
        switch step {
        case .answer(let status, let body, let headers):
            try await receive(status, ByteBuffer(string: body))
            return TransportResponseHead(status: status, headers: headers.merging(["tarn-op": "9"]) { own, _ in own })
        case .refused: throw TransportFailure("refused", mayHaveArrived: false)
        case .lost: throw TransportFailure("lost", mayHaveArrived: true)
        }
    }
}
