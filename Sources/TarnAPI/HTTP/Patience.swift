internal import TarnCore
internal import TarnNode

/// How long one write waits for a primary while it is certain that nothing was ordered: it is asked again after a pause,
/// until the time is over. No node tells when another one begins to lead, so there is nothing to wait on.
struct Patience: Sendable {
    private let deadline = WallClock.monotonicNanoseconds() + UInt64(Limits.patienceMilliseconds) * 1_000_000

    var isOver: Bool { WallClock.monotonicNanoseconds() >= self.deadline }

    /// What `body` returns, which is called again after every nil.
    func asking<Answer>(_ body: () async throws -> Answer?) async throws -> Answer {
        while true {
            if let answer = try await body() { return answer }
            try await Task.sleep(for: .milliseconds(Limits.patiencePauseMilliseconds))
        }
    }
}
