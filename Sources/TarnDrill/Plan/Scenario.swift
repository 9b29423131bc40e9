/// What a drill breaks and what must hold nevertheless: one of fifteen, S1 to S15.
package struct Scenario: Sendable {
    /// What clients must see while the fault lasts.
    package enum Expectation: Hashable, Sendable {
        /// Writes go on, after a failover where the primary is concerned.
        case writesReturn
        /// Writes may be refused until the fault is healed, and go on then.
        case writesReturnOnceHealed
        /// No write is acknowledged until the fault is healed, and nothing is lost.
        case writesStop
    }

    /// `S1` to `S15`.
    package let id: String
    package let title: String
    /// What is believed, and tested.
    package let hypothesis: String
    /// What is broken.
    package let breaks: String
    /// How it heals.
    package let heals: String
    package let expectation: Expectation
    /// What is done, in order, given who sits where. What is injected and not healed here is healed at the end.
    package let script: @Sendable (Roster) -> [DrillStep]

    /// What the hook script must be able to do.
    package var needs: [HookAction] {
        let calls = self.script(Self.exemplar).flatMap { step -> [HookAction] in
            switch step {
            case .inject(let fault), .heal(let fault): [fault.injection.action, fault.healing.action]
            case .switchOver, .hold, .pause, .awaitWrites, .awaitOtherPrimary, .awaitRedundancy, .scrub: []
            }
        }
        return HookAction.allCases.filter { calls.contains($0) }
    }

    /// The scenario with this id, in any case; nil for none.
    package static func named(_ id: String) -> Scenario? {
        self.all.first { $0.id == id.uppercased() }
    }
}
