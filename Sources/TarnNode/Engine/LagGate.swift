internal import TarnCore

/// Holds writers back while the standby falls behind, so that it can lead at once when it has to.
///
/// Only a standby that followed is waited for, and not forever: one that was away catches up beside the writers, and
/// one that cannot keep up must not stop them.
struct LagGate: Hashable, Sendable {
    /// How the standby is doing.
    private enum State: Hashable {
        /// It was out of reach, or too slow for too long.
        case catchingUp
        case following
        case fallingBehind(since: UInt64)
    }

    private static let patienceNanoseconds = UInt64(Limits.standbyPatienceMilliseconds) * 1_000_000
    private var state = State.catchingUp

    /// Whether another change set may be ordered at `now` (nanoseconds), given by how many sets and bytes the standby
    /// is behind.
    mutating func admits(setsCount: UInt64, bytesCount: UInt64, isReachable: Bool, now: UInt64) -> Bool {
        guard isReachable else {
            self.state = .catchingUp
            return true
        }
        guard setsCount > Limits.standbyLagSetsMax || bytesCount > Limits.standbyLagBytesMax else {
            self.state = .following
            return true
        }
        switch self.state {
        case .catchingUp: return true
        case .following:
            self.state = .fallingBehind(since: now)
            return false
        case .fallingBehind(let since):
            guard now > since, now - since >= Self.patienceNanoseconds else { return false }
            self.state = .catchingUp
            return true
        }
    }
}

extension Limits {
    /// How far the standby may be behind before writers wait for it.
    static let standbyLagSetsMax: UInt64 = 1_000
    static let standbyLagBytesMax: UInt64 = 256 << 20
    /// How long writers wait for a standby that does not keep up, in all.
    static let standbyPatienceMilliseconds = 30_000
}
