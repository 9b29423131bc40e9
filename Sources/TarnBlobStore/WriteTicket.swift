internal import Synchronization

/// The outcome of a write that is queued: set once, awaited by any number of callers.
final class WriteTicket: Sendable {
    typealias Outcome = Result<WriteRequest.Outcome, StoreError>

    private enum State {
        case open([CheckedContinuation<WriteRequest.Outcome, any Error>])
        case done(Outcome)
    }

    private let state = Mutex(State.open([]))

    /// Sets the outcome; later ones are ignored.
    func complete(_ outcome: Outcome) {
        let waiting = self.state.withLock { state -> [CheckedContinuation<WriteRequest.Outcome, any Error>] in
            guard case .open(let waiting) = state else { return [] }
            state = .done(outcome)
            return waiting
        }
        for continuation in waiting { continuation.resume(with: outcome) }
    }

    /// Whether the write certainly did not take place.
    var isFailed: Bool {
        self.state.withLock { if case .done(.failure) = $0 { true } else { false } }
    }

    /// Returns once the records are durable and visible.
    @discardableResult
    func outcome() async throws -> WriteRequest.Outcome {
        try await withCheckedThrowingContinuation { continuation in
            let known = self.state.withLock { state -> Outcome? in
                switch state {
                case .done(let outcome): return outcome
                case .open(let waiting):
                    state = .open(waiting + [continuation])
                    return nil
                }
            }
            if let known { continuation.resume(with: known) }
        }
    }
}
