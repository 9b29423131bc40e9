internal import TarnConsensus

/// A planted mistake, most often at the edge of the replicas and not inside them: the checkers must find each one.
package enum Mutant: String, CaseIterable, Sendable {
    /// The primary commits what it alone holds.
    case commitsWithOneCopy
    /// A backup acknowledges what it has not written yet.
    case acknowledgesBeforeDurable
    /// The primary counts its own copy before its disk has it.
    case countsBeforeDurable
    /// A primary that starts again goes on in its view, though it may have forgotten what it sent.
    case resumesView
    /// Entries count as stored before they are.
    case storesTooEarly
    /// The observer acknowledges an entry without the blobs that it names.
    case observerAcknowledgesHeaders
    /// Votes carry numbers only: the new primary goes on from its own log.
    case votesWithScalars
    /// A wiped member comes back as if nothing had happened.
    case wipedMemberVotes
    /// What was acknowledged and rotted counts as never acknowledged.
    case rotCountsAsDenial
    /// What was never acknowledged does not count against an entry.
    case headerIsNoDenial
    /// One member that lacks an entry is enough to drop it.
    case dropsOnOneDenial
    /// A member votes before it is on its disk that it left the old view.
    case votesBeforeDurable
    /// A member that took over the log of a view does not write down which view's it is.
    case forgetsLogView
    /// A backup takes Prepares of a deposed primary.
    case acceptsStaleViews
    /// A member that has voted for a new view still acknowledges entries of the old one.
    case acknowledgesAfterVoting
    /// A request that is sent twice is ordered twice.
    case ordersTwice
    /// A read is answered without asking whether somebody else leads.
    case readsWithoutBarrier
    /// A member takes over the log of a view only as far as it is committed.
    case adoptsWithoutFetching
    /// A cluster of one that grows commits the change by its own copy alone.
    case growsByOldQuorum
    /// Whoever only learns the log has a say in who leads.
    case learnersVote
    /// A cluster grows before the others hold everything.
    case growsUnprepared
    /// Whoever was replaced is still heard.
    case replacedMemberHeard
    /// A collection takes what only orphans name.
    case collectsOrphans
    /// A collection takes what only entries name that are not committed yet.
    case collectsPromises
    /// A collection takes all that the own newest state does not name, whatever the floor says.
    case collectsAboveFloor
    /// What was asked for after it was condemned goes all the same.
    case removesRevived
    /// A collection goes by the part of the log below a gap.
    case collectsOverGaps
    /// Whoever comes back asks for all blobs of old ops, those that are gone everywhere too.
    case completesForgotten

    /// The rules that the replicas themselves do not keep.
    var flaws: Set<ReplicaConfiguration.Flaw> {
        switch self {
        case .growsByOldQuorum: [.commitsByOldQuorum]
        case .learnersVote: [.learnersVote]
        case .growsUnprepared: [.growsUnprepared]
        case .replacedMemberHeard: [.hearsReplaced]
        case .resumesView: [.resumesView]
        default: []
        }
    }

    /// What is wrong, in a few words.
    package var summary: String {
        switch self {
        case .commitsWithOneCopy: "commits what only the primary holds"
        case .acknowledgesBeforeDurable: "acknowledges before the disk has it"
        case .countsBeforeDurable: "the primary counts what its disk has not"
        case .resumesView: "goes on in its view after a crash"
        case .storesTooEarly: "counts entries as stored too early"
        case .observerAcknowledgesHeaders: "the observer acknowledges without blobs"
        case .votesWithScalars: "votes without the log's end"
        case .wipedMemberVotes: "a wiped member votes at once"
        case .rotCountsAsDenial: "rot after an acknowledgement counts as a denial"
        case .headerIsNoDenial: "a header without blobs is no denial"
        case .dropsOnOneDenial: "one denial drops an entry"
        case .votesBeforeDurable: "votes before the view is on disk"
        case .forgetsLogView: "does not keep whose log it holds"
        case .acceptsStaleViews: "takes entries of a deposed primary"
        case .acknowledgesAfterVoting: "acknowledges entries of a view that it has left"
        case .ordersTwice: "orders a repeated request again"
        case .readsWithoutBarrier: "answers linearizable reads without a quorum"
        case .adoptsWithoutFetching: "takes over a view without its newest entries"
        case .growsByOldQuorum: "grows by the copy of one"
        case .learnersVote: "learners choose who leads"
        case .growsUnprepared: "grows before the others hold everything"
        case .replacedMemberHeard: "hears whoever was replaced"
        case .collectsOrphans: "collects what orphans name"
        case .collectsPromises: "collects what is acknowledged and not committed"
        case .collectsAboveFloor: "collects above the floor"
        case .removesRevived: "removes what was asked for again"
        case .collectsOverGaps: "collects by a log with a gap"
        case .completesForgotten: "waits for blobs that no kept state needs"
        }
    }
}
