package import TarnCore

/// The recovery of a cluster, step by step: what the time from the fault to full redundancy went into.
package struct Waterfall: Hashable, Sendable {
    /// The steps in the order in which they are expected.
    package enum Name: String, CaseIterable, Sendable {
        case inject
        case lastGoodCommit = "last_good_commit"
        case firstSuspicion = "first_suspicion"
        case exitQuorum = "exit_quorum"
        case viewChosen = "view_chosen"
        case firstNewCommit = "first_new_commit"
        case firstClientSuccess = "first_client_success"
        case blobsComplete = "blobs_complete"
        case redundancy = "redundancy_3_of_3"
        case failback

        /// As people read it.
        package var title: String {
            switch self {
            case .inject: "fault injected"
            case .lastGoodCommit: "last good commit"
            case .firstSuspicion: "first suspicion"
            case .exitQuorum: "exit quorum"
            case .viewChosen: "view chosen"
            case .firstNewCommit: "first new commit"
            case .firstClientSuccess: "first client success"
            case .blobsComplete: "blobs complete"
            case .redundancy: "redundancy 3 of 3"
            case .failback: "failback"
            }
        }
    }

    package struct Phase: Hashable, Sendable {
        package let name: Name
        /// When it was reached, in microseconds after the injection began; negative before that.
        package let atMicroseconds: Int64
        /// How long it took after the phase before it; 0 when it was reached earlier.
        package let microseconds: Int64
    }

    package let phases: [Phase]

    /// Phases from the moments at which they were reached; those that a scenario does not have are left out.
    package init(injectedAt: UInt64, moments: [Name: UInt64]) {
        var phases: [Phase] = []
        var reached: Int64 = 0
        for name in Name.allCases {
            guard let moment = moments[name] else { continue }
            let at = Int64(moment) - Int64(injectedAt)
            phases.append(Phase(name: name, atMicroseconds: at, microseconds: max(0, at - reached)))
            reached = max(reached, at)
        }
        self.phases = phases
    }

    package init(phases: [Phase]) {
        self.phases = phases
    }

    package subscript(name: Name) -> Phase? {
        self.phases.first { $0.name == name }
    }

    /// The member `rto.phases` of a report.
    package var json: JSONValue {
        .array(
            self.phases.map { phase in
                [
                    "name": .string(phase.name.rawValue), "ms": .milliseconds(phase.microseconds),
                    "at_ms": .milliseconds(phase.atMicroseconds),
                ]
            }
        )
    }
}
