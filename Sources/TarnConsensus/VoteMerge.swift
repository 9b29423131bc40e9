internal import TarnCore

/// Decides the log of a new view from the votes for it.
///
/// The log is that of the newest log view among the votes, as far as it is remembered. Above the highest commit number
/// an entry stays when one vote has a complete copy, and goes with all that follows it when two votes deny it: a
/// committed entry was acknowledged by two members, and neither of them can deny it. Where neither holds, nothing may
/// be decided.
struct VoteMerge {
    enum Outcome: Hashable {
        /// Too few votes, or nobody can tell about this op until another member votes or repairs itself.
        case waiting(at: Op?)
        case decided(CanonicalLog)
        case forked(HaltReason)
    }

    /// What an op can come to.
    private enum Verdict {
        case keep(LogHeader, Digest)
        case end
        case unknown
        case forked(HaltReason)
    }

    private let view: View
    private let votes: [(member: Int, vote: Vote)]
    private let denials: Int
    private let hash: (LogHeader) -> Digest
    /// The log views of the votes, newest first.
    private let logViews: [View]
    private var logView: View { self.logViews[0] }

    /// `votes` by member, nil for those that have not voted; `own` is the new primary.
    static func outcome(
        view: View,
        votes: [Vote?],
        own: Int,
        denials: Int,
        hash: (LogHeader) -> Digest
    ) -> Outcome {
        let all = votes.indices.compactMap { member in votes[member].map { (member: member, vote: $0) } }
        // Whoever may have forgotten something counts only beside everybody else.
        let counted = all.count == votes.count ? all : all.filter(\.vote.isTrusted)
        guard counted.count >= 2, counted.contains(where: { $0.member == own }) else { return .waiting(at: nil) }
        return withoutActuallyEscaping(hash) { hash in
            VoteMerge(
                view: view,
                votes: counted,
                denials: denials,
                hash: hash,
                logViews: Set(counted.map(\.vote.logView)).sorted(by: >)
            ).outcome()
        }
    }

    private func outcome() -> Outcome {
        guard let best = self.votes.max(by: { $0.vote.commit.op < $1.vote.commit.op }) else { return .waiting(at: nil) }
        let base = best.vote.commit
        if let fork = self.fork(at: base) { return .forked(fork) }
        var suffix: [LogHeader] = []
        var parent = base.entry
        var op = base.op.next
        while true {
            switch self.verdict(at: op, after: parent) {
            case .keep(let header, let hash):
                guard header.parent == parent else {
                    let member = best.member
                    return .forked(.differentParent(op: op, ours: parent, theirs: header.parent, member: member))
                }
                suffix.append(header)
                parent = hash
            case .end: return .decided(CanonicalLog(view: self.view, base: base, suffix: suffix))
            case .unknown: return .waiting(at: op)
            case .forked(let reason): return .forked(reason)
            }
            op = op.next
        }
    }

    /// Whether a log of the newest log view contradicts what is committed.
    private func fork(at base: Message.Acknowledgement) -> HaltReason? {
        for (member, vote) in self.votes where vote.logView == self.logView {
            guard let item = vote.item(at: base.op) else { continue }
            let theirs = self.hash(item.header)
            if theirs != base.entry {
                return .differentEntry(op: base.op, ours: base.entry, theirs: theirs, member: member)
            }
        }
        return nil
    }

    /// What the newest log that can tell says about `op`, which follows the entry `parent`.
    ///
    /// Whoever may have forgotten entries proves with none that its log ends. Then the next older log view tells:
    /// nobody else is of the newer one, so that nothing was committed in it, and what was committed before stands in
    /// both.
    private func verdict(at op: Op, after parent: Digest) -> Verdict {
        for logView in self.logViews {
            var candidate: Digest?
            var isEnd = false
            for (member, vote) in self.votes where vote.logView == logView {
                let found = vote.item(at: op).map { self.hash($0.header) } ?? vote.faults.first { $0.op == op }?.entry
                guard let found else {
                    isEnd = isEnd || vote.isTrusted
                    continue
                }
                if let candidate, candidate != found {
                    return .forked(.differentEntry(op: op, ours: candidate, theirs: found, member: member))
                }
                candidate = found
            }
            if let candidate {
                return self.verdict(on: candidate, at: op, after: parent, isNewest: logView == self.logView)
            }
            if isEnd { return .end }
        }
        return .end
    }

    private func verdict(on candidate: Digest, at op: Op, after parent: Digest, isNewest: Bool) -> Verdict {
        var header: LogHeader?
        var denials = 0
        for (_, vote) in self.votes {
            // Whoever may have forgotten entries denies nothing either.
            let denial = vote.isTrusted ? 1 : 0
            if let item = vote.item(at: op), self.hash(item.header) == candidate {
                switch item.holding {
                case .complete: header = item.header
                case .headerOnly: denials += denial
                case .fault: break
                }
            } else if !vote.faults.contains(where: { $0.op == op && $0.entry == candidate }) {
                denials += denial
            }
        }
        if let header {
            // An older log that goes another way than the newest did is not committed from there on.
            return isNewest || header.parent == parent ? .keep(header, candidate) : .end
        }
        return denials >= self.denials ? .end : .unknown
    }
}
