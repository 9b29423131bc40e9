/// The steps of one drill, and which of them the recovery is measured from.
package struct DrillScript: Sendable {
    package let steps: [DrillStep]
    /// The first of the steps that bring about what clients have to wait for.
    package let measuredFrom: Int
    /// The last of them.
    package let measuredThrough: Int

    package init(_ scenario: Scenario, _ roster: Roster) {
        let steps = scenario.script(roster)
        self.steps = steps
        let awaited =
            steps.firstIndex { if case .awaitOtherPrimary = $0 { true } else { false } }
            ?? steps.firstIndex { $0 == .awaitWrites || $0 == .hold } ?? steps.endIndex
        var last = max(0, awaited - 1)
        while last > 0, !Self.disturbs(steps[last]) { last -= 1 }
        var first = last
        while first > 0, Self.disturbs(steps[first - 1]) { first -= 1 }
        self.measuredFrom = first
        self.measuredThrough = last
    }

    private static func disturbs(_ step: DrillStep) -> Bool {
        switch step {
        case .inject, .switchOver: true
        case .heal, .hold, .pause, .awaitWrites, .awaitOtherPrimary, .awaitRedundancy, .scrub: false
        }
    }
}
