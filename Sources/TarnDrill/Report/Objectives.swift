package import TarnCore

/// What an operator wants of the cluster (`objectives:` in `client.yaml`).
package struct Objectives: Hashable, Sendable {
    /// Acknowledged change sets that may be lost.
    package let lostMax: Int
    /// From the fault to the first acknowledged write.
    package let recoveryMillisecondsMax: UInt64
    /// Of acknowledged writes outside of the recovery.
    package let latencyMillisecondsMax: UInt64

    package init(lostMax: Int = 0, recoveryMillisecondsMax: UInt64 = 6_000, latencyMillisecondsMax: UInt64 = 1_000) {
        self.lostMax = lostMax
        self.recoveryMillisecondsMax = recoveryMillisecondsMax
        self.latencyMillisecondsMax = latencyMillisecondsMax
    }

    package var json: JSONValue {
        [
            "rpo_change_sets": .integer(self.lostMax), "rto_ms": .integer(self.recoveryMillisecondsMax),
            "p99_ms": .integer(self.latencyMillisecondsMax),
        ]
    }
}
