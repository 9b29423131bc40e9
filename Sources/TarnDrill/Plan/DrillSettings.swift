internal import TarnCore

/// How a drill is run.
package struct DrillSettings: Sendable {
    /// Writes that one drill may make: each is kept with its times in the report.
    package static let writesMax = 50_000
    package static let rateDefault = 20.0
    package static let holdSecondsDefault = 10.0

    package let scenario: Scenario
    /// How long a fault is kept, where the scenario keeps one.
    package var holdSeconds = Self.holdSecondsDefault
    /// Writes a second.
    package var rate = Self.rateDefault
    /// How long the cluster is watched before the fault and after everything is healed.
    package var calmSeconds = 3.0
    /// How long a write is tried, and how long the drill waits for a recovery.
    package var patienceSeconds = 60.0
    package var objectives = Objectives()
    package var stopConditions: [StopCondition] = []
    /// Seeds of the rehearsal that the result is compared with; 0 leaves it out.
    package var rehearsalSeeds: UInt64 = 200

    package init(scenario: Scenario) {
        self.scenario = scenario
    }

    /// Throws when a figure is out of its range.
    package func check() throws(DrillError) {
        guard self.rate > 0, self.rate <= 1_000 else {
            throw DrillError("a rate of \(self.rate) writes a second is not between 0 and 1000")
        }
        let writes = self.rate * (self.holdSeconds + 2 * self.calmSeconds)
        guard self.holdSeconds >= 0, writes <= Double(Self.writesMax) else {
            throw DrillError("a drill makes at most \(Self.writesMax) writes; choose a lower rate or a shorter time")
        }
    }
}
