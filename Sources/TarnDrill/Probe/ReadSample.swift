package import TarnCore

/// One read of the drill's own at one datacentre.
package struct ReadSample: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable {
        /// The bytes that were asked for, or newer ones.
        case right
        /// Older than what this client had been told to be committed, or other bytes: never acceptable.
        case stale
        /// No answer, or a refusal.
        case failed
    }

    package let datacenter: DatacenterID
    /// Microseconds since 1970 by the drill's clock.
    package let startedAt: UInt64
    package let latencyMicroseconds: UInt64
    package let outcome: Outcome
    /// What was wrong, for a stale read.
    package let detail: String

    package init(
        datacenter: DatacenterID,
        startedAt: UInt64,
        latencyMicroseconds: UInt64,
        outcome: Outcome,
        detail: String = ""
    ) {
        self.detail = detail
        self.datacenter = datacenter
        self.startedAt = startedAt
        self.latencyMicroseconds = latencyMicroseconds
        self.outcome = outcome
    }
}
