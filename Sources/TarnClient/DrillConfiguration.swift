internal import Yams

/// What `client.yaml` says about drills: `objectives:` and `drill:`.
///
/// ```yaml
/// objectives: {rpo_change_sets: 0, rto_ms: 6000, p99_ms: 1000}
/// drill:
///   hook: /usr/share/tarn/drill-hooks/systemd
///   schedule: "0 3 * * 0"       # a cron expression, in UTC; without one, the daemon runs nothing
///   scenario: S1
///   hold: 30s
/// ```
package struct DrillConfiguration: Hashable, Sendable {
    package private(set) var lostMax: Int?
    package private(set) var recoveryMillisecondsMax: Int?
    package private(set) var latencyMillisecondsMax: Int?
    /// The hook script; relative to the file.
    package private(set) var hook: String?
    package private(set) var schedule: String?
    package private(set) var scenario: String?
    package private(set) var hold: String?

    init(objectives: ConfigurationMapping?, drill: ConfigurationMapping?, directory: String) throws(ClientError) {
        if let objectives {
            try objectives.expectKeys(["rpo_change_sets", "rto_ms", "p99_ms"])
            self.lostMax = try objectives.optionalCount("rpo_change_sets")
            self.recoveryMillisecondsMax = try objectives.optionalCount("rto_ms")
            self.latencyMillisecondsMax = try objectives.optionalCount("p99_ms")
        }
        if let drill {
            try drill.expectKeys(["hook", "schedule", "scenario", "hold"])
            self.hook = try drill.optionalString("hook").map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
            self.schedule = try drill.optionalString("schedule")
            self.scenario = try drill.optionalString("scenario")
            self.hold = try drill.optionalString("hold")
        }
    }
}
