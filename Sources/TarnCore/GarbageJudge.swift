/// Decides in one collection what becomes of each blob. Nothing is removed that was not condemned before, and whoever
/// asks for a condemned blob meanwhile gets it back. Times are of the store's own clock, in whatever unit it counts.
package struct GarbageJudge: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case leave
        case condemn
        /// Something that is kept needs it after all.
        case pardon
    }

    /// A blob used after this is kept without a root: it may be staged for a change set that is still to come.
    package let recentSince: UInt32
    /// A blob condemned at or before this may be removed.
    package let condemnedSince: UInt32
    private let hasGrace: Bool

    /// A judgement at `now` by marks that were begun at `markedSince`: what was used since then may be named by what the
    /// marks do not know of, however long they took.
    package init(now: UInt32, markedSince: UInt32, staged: UInt32, grace: UInt32) {
        self.recentSince = min(now - min(now, staged), markedSince - min(markedSince, 1))
        self.condemnedSince = now - min(now, grace)
        self.hasGrace = grace > 0
    }

    /// Whether a blob is kept because somebody used it lately. The `stamp` of a condemned one says since when it is.
    package func isRecent(isCondemned: Bool, stamp: UInt32) -> Bool { !isCondemned && stamp > self.recentSince }

    /// What to do about one blob, and whether it may be removed in this collection already; `isKept` when something
    /// that is kept needs it.
    package func verdict(isKept: Bool, isCondemned: Bool, stamp: UInt32) -> (verdict: Verdict, isRemovable: Bool) {
        if isKept || self.isRecent(isCondemned: isCondemned, stamp: stamp) {
            return (isCondemned ? .pardon : .leave, false)
        }
        return (.condemn, isCondemned ? stamp <= self.condemnedSince : !self.hasGrace)
    }

    /// Whether a blob that was found removable still is: nobody has asked for it since.
    package func mayRemove(isCondemned: Bool, stamp: UInt32) -> Bool { isCondemned && stamp <= self.condemnedSince }
}
