internal import Synchronization
internal import TarnCore
internal import TarnNode

/// Holds the bearers of limited tokens to their limits: requests a second, and requests in flight.
///
/// Each node counts for itself. Only limited tokens are remembered, and of those only as many as there can be.
final class TokenGate: Sendable {
    enum Verdict {
        /// Hold the permit, if there is one, until the answer is sent.
        case admitted(RequestPermit?)
        case refused(APIMetrics.Refusal, retryAfterSeconds: Int)
    }

    private struct Bearer {
        /// Requests that may be made at once, in billionths: the bucket fills at the token's rate.
        var creditNanoseconds: UInt64
        var refilledAt: UInt64
        var inFlight = 0
    }

    private let bearers = Mutex<[String: Bearer]>([:])

    init() {}

    /// Asks for the right to answer a request of `principal` at `now`, nanoseconds of any steady clock.
    func enter(_ principal: Principal, now: UInt64) -> Verdict {
        let (limits, id) = (principal.limits, principal.tokenID)
        guard !limits.isEmpty else { return .admitted(nil) }
        let refusal = self.bearers.withLock { bearers -> Verdict? in
            // A token without requests in flight and with a full bucket is as good as forgotten.
            if bearers.count >= Limits.tokensMax { bearers = bearers.filter { $0.value.inFlight > 0 } }
            let fresh = Bearer(creditNanoseconds: 1_000_000_000, refilledAt: now)
            var bearer = bearers[id] ?? fresh
            defer { bearers[id] = bearer }
            if let most = limits.concurrency, bearer.inFlight >= most {
                return .refused(.concurrency, retryAfterSeconds: 1)
            }
            if let rate = limits.requestsPerSecond {
                // The bucket holds one second's worth of requests; each costs its share of that second.
                let elapsed = now - min(now, bearer.refilledAt)
                bearer.creditNanoseconds = min(1_000_000_000, bearer.creditNanoseconds + min(elapsed, 1_000_000_000))
                bearer.refilledAt = now
                let cost = 1_000_000_000 / UInt64(max(1, rate))
                guard bearer.creditNanoseconds >= cost else { return .refused(.rate, retryAfterSeconds: 1) }
                bearer.creditNanoseconds -= cost
            }
            bearer.inFlight += 1
            return nil
        }
        return refusal ?? .admitted(RequestPermit { self.leave(id) })
    }

    private func leave(_ id: String) {
        self.bearers.withLock { $0[id]?.inFlight -= 1 }
    }
}
