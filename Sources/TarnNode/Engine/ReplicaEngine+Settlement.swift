internal import TarnConsensus
internal import TarnCore

/// Ordering and waiting for the commit in one call, which the caller makes without becoming the engine's: that would cost
/// a change of thread there, one at the commit, and one back.
extension ReplicaEngine {
    /// What a writer is told about the op that it waited for.
    struct Settlement: Sendable {
        /// Whether the op committed here in time.
        let isCommitted: Bool
        /// The committed header; nil when it is not one of the newest any more.
        let header: LogHeader?
        /// Members known to hold the op and its blobs, by index.
        let holders: [Int]
    }

    typealias Outcome = (Submission, Settlement?)

    /// Orders what is proposed as ``submit(_:)`` does and waits for the op that decides about it, if there is one:
    /// `patience` milliseconds for room in the pipeline, `milliseconds` for the commit.
    nonisolated func settle(_ proposal: Proposal, patience: Int, milliseconds: Int) async -> Outcome {
        await withCheckedContinuation { continuation in
            self.executor.run {
                self.assumeIsolated {
                    $0.settle(proposal, patience: patience, milliseconds: milliseconds, continuation)
                }
            }
        }
    }

    /// What became of `request`, as far as it is remembered; nil when it did not commit here.
    func settlement(of request: RequestID) -> (Op, Settlement)? {
        guard let op = self.committedOp(of: request) else { return nil }
        return (op, Settlement(isCommitted: true, header: self.recent[op], holders: self.holders(of: op)))
    }

    private func settle(
        _ proposal: Proposal,
        patience: Int,
        milliseconds: Int,
        _ continuation: CheckedContinuation<Outcome, Never>
    ) {
        self.submit(proposal, patience: patience) { submission in
            self.conclude(submission, milliseconds: milliseconds, continuation)
        }
    }

    /// Answers with what became of the proposal. Nobody passes those who wait already.
    private func submit(_ proposal: Proposal, patience: Int, _ answer: @escaping WaitingRoom.Answer) {
        if self.waitingRoom.isEmpty {
            let submission = self.submit(proposal)
            guard case .refused(_, isFull: true) = submission else { return answer(submission) }
        }
        let guest = WaitingRoom.Guest(proposal: proposal, deadline: self.deadline(patience), answer: answer)
        if !self.waitingRoom.add(guest) { answer(self.refusal) }
    }

    /// Lets the writer go once the op that decides about its proposal is committed, or will not be in time.
    private func conclude(
        _ submission: Submission,
        milliseconds: Int,
        _ continuation: CheckedContinuation<Outcome, Never>
    ) {
        switch submission {
        case .ordered(let op, _), .repeated(let op), .unchanged(let op), .rejected(let op, _):
            self.wait(for: op, milliseconds: milliseconds) { isCommitted in
                let settlement = Settlement(
                    isCommitted: isCommitted,
                    header: isCommitted ? self.recent[op] : nil,
                    holders: self.holders(of: op)
                )
                continuation.resume(returning: (submission, settlement))
            }
        case .forgotten, .refused:
            continuation.resume(returning: (submission, nil))
        }
    }

    /// Waits until `op` is committed here; false after `milliseconds` or when the node stops.
    func wait(for op: Op, milliseconds: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            // Looked at in here, because the actor may do other work between a look outside and this body: the commit
            // of this very op, or the end of the node.
            self.wait(for: op, milliseconds: milliseconds) { continuation.resume(returning: $0) }
        }
    }

    private func wait(for op: Op, milliseconds: Int, _ answer: @escaping CommitWaiters.Answer) {
        if op <= self.line.committedHeader.op { return answer(true) }
        guard self.refusalOfAll == nil else { return answer(false) }
        if !self.waiters.add(op, deadline: self.deadline(milliseconds), answer) { answer(false) }
    }

    private func deadline(_ milliseconds: Int) -> Tick {
        self.clock.now.advanced(by: UInt64(max(0, milliseconds)) / Tick.milliseconds)
    }

    /// Orders what waits, as far as there is room; refuses all of it once waiting is in vain.
    func admitWaiting() {
        guard !self.isAdmitting else { return }
        self.isAdmitting = true
        defer { self.isAdmitting = false }
        while let first = self.waitingRoom.first {
            let state = self.replica.canSubmit
            if state.isPassing || state == .ready && self.noopView != nil { return }
            self.waitingRoom.removeFirst()
            first.answer(self.submit(first.proposal))
        }
    }

    /// Refuses those who have waited for as long as they may.
    func refuseExpired() {
        for answer in self.waitingRoom.takeExpired(now: self.clock.now) { answer(self.refusal) }
    }

    /// What somebody is told who was not let in.
    private var refusal: Submission {
        let state = self.replica.canSubmit
        return .refused(state == .ready ? "too many requests wait" : "\(state)", isFull: true)
    }
}
