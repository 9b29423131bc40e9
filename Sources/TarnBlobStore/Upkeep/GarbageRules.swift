/// When what nothing needs any more may go, and when a segment is worth compacting.
package struct GarbageRules: Hashable, Sendable {
    /// A blob that somebody stored or asked for within this time is kept although nothing names it: it may be staged
    /// for a change set that is still to come.
    package var stagedSeconds: UInt32 = 24 * 3_600
    /// How long a condemned blob stays before it is removed; until then whoever asks for it gets it back.
    package var graceSeconds: UInt32 = 24 * 3_600
    /// A segment is compacted when at least this part of it is dead, in percent.
    package var deadPercentMin = 30

    /// A segment that is still written is ended for compaction when it holds so many dead bytes, or so many in all
    /// where everything is encoded again.
    package var activeDeadBytesMin = 16 << 20

    /// Whether segments of the small stream that were never compacted are compacted although nothing in them is dead:
    /// what is copied out of those is encoded again.
    package var recompressesAll = false

    package init() {}

    /// The shortest that is safe: what a write that is under way checked a moment ago stays.
    package static let immediate: GarbageRules = {
        var rules = GarbageRules()
        rules.stagedSeconds = 60
        rules.graceSeconds = 0
        rules.deadPercentMin = 1
        rules.activeDeadBytesMin = 0
        return rules
    }()
}
