internal import TarnCore

/// How a member that only learns the log keeps on learning while no view has begun.
///
/// It may be one of three by a growth that is committed and has not come here. Then the others wait for what it does
/// as one of them, to lead the view or to leave it, and it does nothing: what is committed has to reach it first.
extension Replica {
    /// Whether what is committed may be taken outside of any view: nothing else is being written, and it is on disk that
    /// the old view is left.
    private var canLearn: Bool {
        guard case .joining = self.phase else { return false }
        return !self.isVoter && self.isTrusted && self.canVote
    }

    /// Asks whoever votes and has committed more for it.
    mutating func askForCommitted(of vote: Vote, from: Int, _ out: inout [Output]) {
        let (known, own) = (vote.commit.op, self.commit)
        guard self.canLearn, known > own, !self.repair.isWaiting(at: self.now) else { return }
        self.repair.ask(from, at: self.now)
        out.append(.trace(.askedForEntries(from: from, after: own)))
        if known.number - own.number > UInt64(Limits.pipelineSetsMax) {
            out.append(.fetchEntries(from: from, after: own))
        } else {
            out.append(.send(to: from, .getEntries(after: own)))
        }
    }

    /// Takes what is committed of `entries`, in place of what is here and never was.
    mutating func learn(_ entries: [LogEntry], commit: Op, from: Int, _ out: inout [Output]) {
        guard self.canLearn else { return }
        let head = self.headHash
        // All is asked for anew from the commit number on: what does not follow need not be remembered.
        var isDoubtful = false
        for entry in entries where self.halted == nil {
            guard self.takeCommitted(entry, through: commit, &isDoubtful, &out) else { break }
        }
        guard self.headHash != head else { return }
        self.repair.answered(by: from)
        self.phaseSince = self.now
    }
}
