internal import TarnConsensus
internal import TarnCore

/// Ordering and waiting for the commit in one call: a caller who came back in between would cost two changes of thread.
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

    /// Orders what is proposed as ``submit(_:)`` does and waits for the op that decides about it, if there is one:
    /// `patience` milliseconds for room in the pipeline, `milliseconds` for the commit.
    func settle(_ proposal: Proposal, patience: Int, milliseconds: Int) async -> (Submission, Settlement?) {
        let submission = await self.submit(proposal, patience: patience)
        switch submission {
        case .ordered(let op, _), .repeated(let op), .unchanged(let op), .rejected(let op, _):
            let isCommitted = await self.wait(for: op, milliseconds: milliseconds)
            let header = isCommitted ? self.recent[op] : nil
            return (submission, Settlement(isCommitted: isCommitted, header: header, holders: self.holders(of: op)))
        case .forgotten, .refused: return (submission, nil)
        }
    }

    /// Nobody passes those who wait already.
    private func submit(_ proposal: Proposal, patience: Int) async -> Submission {
        if self.waitingRoom.isEmpty {
            let submission = self.submit(proposal)
            guard case .refused(_, isFull: true) = submission else { return submission }
        }
        let deadline = self.clock.now.advanced(by: UInt64(max(0, patience)) / Tick.milliseconds)
        return await withCheckedContinuation { continuation in
            let guest = WaitingRoom.Guest(proposal: proposal, deadline: deadline, continuation: continuation)
            guard self.waitingRoom.add(guest) else { return continuation.resume(returning: self.refusal) }
            // Room may have been made between the look above and here, with nobody waiting to be told.
            self.admitWaiting()
        }
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
            first.continuation.resume(returning: self.submit(first.proposal))
        }
    }

    /// Refuses those who have waited for as long as they may.
    func refuseExpired() {
        for waiting in self.waitingRoom.takeExpired(now: self.clock.now) {
            waiting.resume(returning: self.refusal)
        }
    }

    /// What somebody is told who was not let in.
    private var refusal: Submission {
        let state = self.replica.canSubmit
        return .refused(state == .ready ? "too many requests wait" : "\(state)", isFull: true)
    }
}
