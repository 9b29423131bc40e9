internal import TarnBlobStore

/// The mapping `upkeep` of `node.yaml`: how the node looks after what it stores.
package struct UpkeepSettings: Hashable, Sendable {
    /// Hours between collections; 0 for none but those that somebody asks for.
    package var collectHours = 24
    /// Hours that a condemned blob stays before it is removed.
    package var graceHours = 24
    /// Days in which everything is read and proved once; 0 for never.
    package var scrubDays = 14
    /// What scrub and compaction may read and write, in MiB a second.
    package var mebibytesPerSecond = 8

    package init() {}

    init(_ mapping: YAMLMapping) throws {
        try mapping.expectKeys(["collect_hours", "grace_hours", "scrub_days", "mib_per_second"])
        self.collectHours = try mapping.integer("collect_hours", default: self.collectHours, in: 0...8_760)
        self.graceHours = try mapping.integer("grace_hours", default: self.graceHours, in: 0...8_760)
        self.scrubDays = try mapping.integer("scrub_days", default: self.scrubDays, in: 0...3_650)
        self.mebibytesPerSecond = try mapping.integer(
            "mib_per_second",
            default: self.mebibytesPerSecond,
            in: 1...65_536
        )
    }

    var rules: GarbageRules {
        var rules = GarbageRules()
        rules.graceSeconds = UInt32(self.graceHours) * 3_600
        return rules
    }

    var bytesPerSecond: Double { Double(self.mebibytesPerSecond) * 1_048_576 }
}
