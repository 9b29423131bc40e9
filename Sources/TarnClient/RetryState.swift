internal import TarnCore

/// Decides after every failed attempt of one request whether, where and when it is sent again.
struct RetryState {
    enum Decision {
        /// Send it again at once, to the next node.
        case again
        case pause(milliseconds: Int)
        case fail(ClientError)
    }

    /// Which node to ask, counted from the preferred one.
    private(set) var nodeOffset = 0
    private let nodeCount: Int
    private let isWrite: Bool
    /// Whether what may have been ordered can be sent again.
    private let isRepeatable: Bool
    private let patience: Duration
    private var attempts = 0
    private var unreachable = 0
    /// Whether an attempt may have been ordered, so that a later "no" is not the last word.
    private var isInDoubt = false
    /// What a node said that answered: it tells more than that another one cannot be reached.
    private var refusal: ClientError?

    init(
        nodeCount: Int,
        isWrite: Bool,
        isRepeatable: Bool = true,
        patienceMilliseconds: Int = Limits.clientPatienceMilliseconds
    ) {
        self.patience = .milliseconds(patienceMilliseconds)
        self.nodeCount = nodeCount
        self.isWrite = isWrite
        self.isRepeatable = isRepeatable
    }

    /// No complete answer came, so long after the request was first sent.
    mutating func onFailure(_ failure: TransportFailure, elapsed: Duration) -> Decision {
        self.attempts += 1
        self.nodeOffset += 1
        if failure.mayHaveArrived {
            self.isInDoubt = self.isInDoubt || self.isWrite
            guard self.isRepeatable else { return .fail(self.final(failure.message)) }
        } else {
            self.unreachable += 1
        }
        let roundsMax = self.isInDoubt ? Limits.clientAttemptsMax : Limits.clientUnreachableRoundsMax
        guard self.canContinue(elapsed), self.unreachable < roundsMax * self.nodeCount else {
            if let refusal, !self.isInDoubt { return .fail(refusal) }
            return .fail(self.final(self.refusal?.message ?? failure.message))
        }
        // All nodes were asked once in this round: only now does waiting help.
        return self.nodeOffset % self.nodeCount == 0 ? self.pause : .again
    }

    /// A node answered with something other than success, so long after the request was first sent.
    mutating func onRejected(_ error: ClientError, elapsed: Duration) -> Decision {
        switch error.status {
        case 503, 429:
            self.attempts += 1
            self.nodeOffset += 1
            self.refusal = error
            guard self.canContinue(elapsed) else {
                return .fail(self.isInDoubt ? self.final(error.message) : error)
            }
            return self.pause
        case 504 where self.isWrite:
            self.isInDoubt = true
            self.attempts += 1
            // A primary that nobody hears any more never learns what becomes of it: the others may.
            self.nodeOffset += 1
            guard self.isRepeatable, self.canContinue(elapsed) else { return .fail(self.final(error.message)) }
            return self.pause
        default:
            return .fail(error)
        }
    }

    private func canContinue(_ elapsed: Duration) -> Bool {
        self.attempts < Limits.clientAttemptsMax && elapsed < self.patience
    }

    private var pause: Decision {
        .pause(milliseconds: min(50 << min(self.attempts, 10), Limits.clientPauseMillisecondsMax))
    }

    private func final(_ reason: String) -> ClientError {
        if self.isInDoubt {
            guard self.isRepeatable else {
                return ClientError(.unknownOutcome, "the outcome is unknown: \(reason)")
            }
            return ClientError(
                .unknownOutcome,
                "the outcome is unknown: \(reason); look at the target (tarn log) before writing again"
            )
        }
        return ClientError(.failed, "\(reason); is the node running, and is its URL right?")
    }
}
