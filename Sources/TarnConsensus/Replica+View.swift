internal import TarnCore

/// Where a replica stands between two views.
enum Phase: Sendable {
    /// The log is that of the view.
    case normal
    /// Out of the old view; as the next primary it collects votes, else it waits to be told the log.
    case joining
    case installing(Installation)
}

/// What a member said about itself.
struct Standing: Hashable, Sendable {
    let view: View
    let head: Op
}

/// Suspicion and votes: how a view ends and the next one begins.
extension Replica {
    /// Whether this member takes no part in any view at the moment.
    package var isChangingView: Bool { if case .normal = self.phase { false } else { true } }

    /// Whether this member wants another primary than the present one.
    package var isSuspecting: Bool { self.isExiting }

    /// Leaves everything before `view` behind.
    mutating func advance(to view: View, _ out: inout [Output]) {
        self.check(view > self.view, "view \(view) after \(self.view)")
        self.check(self.configuration.memberCount > 1, "a cluster of one changes its view")
        self.view = view
        self.phase = .joining
        self.phaseSince = self.now
        self.votes = Array(repeating: nil, count: self.configuration.memberCount)
        self.exits = Array(repeating: nil, count: self.configuration.memberCount)
        self.joinSentAt = nil
        self.exitSentAt = nil
        self.isExiting = false
        self.handover = nil
        self.preparedReconfiguration = nil
        self.reads.removeAll()
        self.reordered = ReorderBuffer()
        self.repair.rest()
        self.acknowledgements.removeAll()
        self.reacknowledgeFrom = nil
        for member in self.peers.indices { self.peers[member].head = nil }
        out.append(.persistView(view))
        out.append(.follow(view))
    }

    // MARK: Suspicion

    /// What a member does when time passes and it is not content with its view.
    mutating func watchView(sinceLastTick elapsed: UInt64, _ out: inout [Output]) {
        guard self.voters.count > 1 || self.isLedByLearner else { return }
        // Whoever slept has no right to complain about what it missed.
        if elapsed > Timeouts.lateTicks {
            // A busy machine is late at every tick: some of the time passes for it too.
            let asleep = elapsed - Timeouts.lateTicks
            self.primaryHeardAt = min(self.now, self.primaryHeardAt.advanced(by: asleep))
            self.phaseSince = min(self.now, self.phaseSince.advanced(by: asleep))
            self.leadingSince = min(self.now, self.leadingSince.advanced(by: asleep))
        }
        self.isExiting = self.wantsExit
        guard self.isExiting else { return }
        self.exits[self.configuration.own] = self.now
        if self.exitSentAt.map({ self.now.elapsed(since: $0) >= Timeouts.exitTicks }) ?? true {
            self.exitSentAt = self.now
            self.sendToOthers(.exitView(view: self.view), &out)
        }
        self.countExits(&out)
    }

    private var wantsExit: Bool {
        switch self.phase {
        case _ where !self.isVoter && !self.configuration.flaws.contains(.learnersVote): false
        case .joining where self.isNewcomer: false
        case .joining, .installing: self.now.elapsed(since: self.phaseSince) >= Timeouts.viewChangeTicks
        case .normal where self.isPrimary: self.shouldAbdicate
        case .normal where self.isPrimaryDistrusted: true
        case .normal where self.isLedByLearner: true
        case .normal: self.now.elapsed(since: self.primaryHeardAt) >= self.patience
        }
    }

    /// Whether this member alone commits and another one leads: the entry that made it one of three was dropped by the
    /// view that the others made. Nobody but this member can want the lead back, and nobody else has to.
    private var isLedByLearner: Bool {
        self.isOnlyVoter && self.voters.count == 1 && self.isTrusted && self.primary != self.configuration.own
            && !self.configuration.flaws.contains(.learnersVote)
    }

    /// Whether a person said a moment ago that this view's primary has to go.
    private var isPrimaryDistrusted: Bool {
        guard let distrusted = self.distrusted, distrusted.view == self.view else { return false }
        return self.now.elapsed(since: distrusted.since) < Timeouts.handoverTicks
    }

    /// Whether this member has nothing and has not met all others: it may be one of a new cluster, which begins in its
    /// first view however long it takes until all are there. Its vote would not count without theirs anyway.
    private var isNewcomer: Bool { self.isBlank && self.standings.contains(nil) }

    /// Whether this member has nothing and does not know that there never was anything: then it leads nobody by votes,
    /// and only ``beginCluster(_:)`` lets it begin.
    private var isBlank: Bool { !self.isTrusted && self.view == View(0) && self.head == .genesis }

    /// How long the primary may be silent. Where nobody has heard it yet, all may have been started together, and it is
    /// given time to come; a member that did hear it and misses it is believed.
    private var patience: UInt64 {
        let isMissed = self.exits.contains { at in
            at.map { self.now.elapsed(since: $0) <= Timeouts.exitLifeTicks } ?? false
        }
        return self.hasHeardPrimary || isMissed
            ? self.configuration.suspectTicks : max(self.configuration.suspectTicks, Timeouts.startTicks)
    }

    /// A primary that hears no quorum, cannot write, or lost entries of its own is in the way of a better one.
    private var shouldAbdicate: Bool {
        if !self.faults.isEmpty || !self.isTrusted { return true }
        if self.now.elapsed(since: self.leadingSince) < Timeouts.deafTicks { return false }
        if !self.hearsQuorum(within: Timeouts.deafTicks) { return true }
        guard let ownSince = self.ownWriteSince else { return false }
        return self.now.elapsed(since: ownSince) >= Timeouts.stuckTicks
    }

    /// Whether members enough for a commit were heard within `ticks`.
    func hearsQuorum(within ticks: UInt64) -> Bool {
        var present = MemberSet([self.configuration.own])
        for member in 0..<self.configuration.memberCount
        where self.peers[member].isHeard(within: ticks, now: self.now) {
            present.insert(member)
        }
        return self.quorum(for: self.head.next).isSatisfied(by: present)
    }

    mutating func onExitView(_ view: View, from: Int, _ out: inout [Output]) {
        guard self.hearsVote(of: from), self.meets(view, from: from, &out) else { return }
        self.exits[from] = self.now
        self.countExits(&out)
    }

    private mutating func countExits(_ out: inout [Output]) {
        let count = self.exits.count { at in
            at.map { self.now.elapsed(since: $0) <= Timeouts.exitLifeTicks } ?? false
        }
        guard count >= self.exitsNeeded else { return }
        self.advance(to: self.nextView, &out)
    }

    /// How many have to want out of the view before this member leaves it.
    private var exitsNeeded: Int {
        // A member that may have forgotten something follows others into a view, and goes ahead only with all of them:
        // its vote counts for nothing else. If it hears but one of them it takes the other for gone, and would drag
        // both past every view that they can begin without it.
        if !self.isTrusted { return self.configuration.memberCount }
        // The others may have forgotten that they vote, and then want nothing.
        return self.isOnlyVoter && self.primary != self.configuration.own ? 1 : 2
    }

    /// Whether what `member` wants or holds decides about views.
    private func hearsVote(of member: Int) -> Bool {
        self.voters.contains(member) || self.configuration.flaws.contains(.learnersVote)
    }

    /// Whether the vote of `member` counts here, where the log of a view is decided. Where one alone commits it asks the
    /// others too what they hold: they may have led a view of their own.
    private func counts(_ member: Int) -> Bool { self.hearsVote(of: member) || self.isOnlyVoter }

    /// The view after this one whose primary is not itself silent; the observer's only when no other will do.
    private var nextView: View {
        let views = (0..<3).compactMap { self.view(ledBy: $0) }.sorted()
        let present = views.filter { self.isPresent($0.primaryIndex) }
        return present.first { $0.primaryIndex < 2 } ?? present.first ?? views.first ?? View(self.view.number + 1)
    }

    private func isPresent(_ member: Int) -> Bool {
        member == self.configuration.own
            || self.peers[member].isHeard(within: self.configuration.suspectTicks, now: self.now)
    }

    /// Whether a message about `view` concerns the present one; whoever is behind is told or catches up first.
    mutating func meets(_ view: View, from: Int, _ out: inout [Output]) -> Bool {
        if view < self.view {
            out.append(.send(to: from, self.standing(session: 0)))
            return false
        }
        if view > self.view {
            guard self.configuration.memberCount > 1 else { return false }
            self.advance(to: view, &out)
        }
        self.beginAnew(metIn: view, &out)
        return view == self.view
    }

    /// Whether this member led the present view before it started again. It may have forgotten what it sent before its
    /// own disk had it, so it leads this view no more.
    private var hasResigned: Bool {
        guard case .joining = self.phase else { return false }
        return self.primary == self.configuration.own && self.logView == self.view && self.voters.count > 1
    }

    /// Begins a view after the one that this member led, its own if it may still lead one, once another member shows
    /// that it is in that one still: where the others have gone on without it, it follows.
    mutating func beginAnew(metIn view: View, _ out: inout [Output]) {
        guard view == self.view, self.hasResigned, self.isTrusted else { return }
        self.advance(to: self.view(ledBy: self.configuration.own) ?? self.nextView, &out)
    }

    // MARK: Votes

    /// Votes for the view, again and again, once it is durable that this member has left all others.
    mutating func sendVote(_ out: inout [Output]) {
        guard case .joining = self.phase, self.canVote else { return }
        if let joinSentAt, self.now.elapsed(since: joinSentAt) < Timeouts.joinTicks { return }
        self.joinSentAt = self.now
        self.sendToOthers(.joinView(view: self.view, vote: self.vote()), &out)
        if self.primary == self.configuration.own { self.mergeVotes(&out) }
    }

    /// Whether what a vote says is on disk and stays so.
    var canVote: Bool { self.durableView >= self.view && self.pendingInstallation == nil }

    func vote() -> Vote {
        let commit = self.window.commit
        var suffix: [Vote.Item] = []
        var op = commit.next
        while op <= self.window.stored, let slot = self.window[op], let entry = slot.entry {
            let isHeld = slot.holders.contains(self.configuration.own)
            let holding: Vote.Item.Holding = slot.isFaulty ? .fault : isHeld ? .complete : .headerOnly
            suffix.append(Vote.Item(header: entry.header, holding: holding))
            op = op.next
        }
        return Vote(
            logView: self.logView,
            commit: Message.Acknowledgement(op: commit, entry: self.window.commitHash),
            suffix: suffix,
            faults: self.faults,
            isTrusted: self.isTrusted,
            session: self.configuration.session
        )
    }

    mutating func onJoinView(_ view: View, vote: Vote, from: Int, _ out: inout [Output]) {
        if !vote.isTrusted {
            out.append(.send(to: from, self.standing(session: vote.session)))
            // Two that do not know each other meet at once, so that a new cluster is whole when its first set commits.
            if !self.isTrusted, self.standings[from] == nil { self.joinSentAt = nil }
        }
        guard self.meets(view, from: from, &out) else { return }
        self.askForCommitted(of: vote, from: from, &out)
        switch self.phase {
        case .normal where from != self.primary:
            out.append(.send(to: from, .view(self.canonicalLog(), session: vote.session)))
        case .normal where from != self.configuration.own:
            out.append(.send(to: from, self.standing(session: 0)))
        case .joining where self.primary == self.configuration.own && self.counts(from):
            self.votes[from] = vote
            self.mergeVotes(&out)
        case .normal, .joining, .installing: break
        }
    }

    /// Whether no vote for this view was cast before this member started. One that may have forgotten that it led the
    /// view already must not begin it once more from the votes of that time, which can be under way still: nobody was
    /// in it when they first answered this life of the member.
    private var areVotesFresh: Bool {
        self.isTrusted
            || self.firstAnswers.indices.allSatisfy { member in
                member == self.configuration.own || self.firstAnswers[member].map { $0 < self.view } ?? false
            }
    }

    private mutating func mergeVotes(_ out: inout [Output]) {
        guard self.canVote, !self.isBlank, !self.hasResigned, self.areVotesFresh,
            self.hearsVote(of: self.configuration.own)
        else { return }
        self.votes[self.configuration.own] = self.vote()
        let outcome = VoteMerge.outcome(
            view: self.view,
            votes: self.votes,
            own: self.configuration.own,
            denials: self.configuration.denials,
            hash: self.hash
        )
        switch outcome {
        case .waiting(let op):
            if let op { out.append(.trace(.undecided(view: self.view, op: op))) }
        case .forked(let reason): self.halt(reason, &out)
        case .decided(let log):
            let others = self.votes.indices.filter { $0 != self.configuration.own && self.votes[$0] != nil }
            let best = others.sorted { left, right in
                (self.votes[left]?.commit.op ?? .genesis) > (self.votes[right]?.commit.op ?? .genesis)
            }
            self.install(log, from: best)
        }
    }

    /// The log as this member of the view knows it.
    func canonicalLog() -> CanonicalLog {
        var suffix: [LogHeader] = []
        var op = self.window.commit.next
        while op <= self.window.stored, let entry = self.window[op]?.entry {
            suffix.append(entry.header)
            op = op.next
        }
        let base = Message.Acknowledgement(op: self.window.commit, entry: self.window.commitHash)
        return CanonicalLog(view: self.view, base: base, suffix: suffix)
    }

    mutating func onView(_ log: CanonicalLog, session: UInt64, from: Int, _ out: inout [Output]) {
        if log.view < self.view { return out.append(.trace(.otherView(from: from, view: log.view))) }
        if log.view > self.view { self.advance(to: log.view, &out) }
        guard case .joining = self.phase, self.pendingInstallation == nil, self.primary != self.configuration.own
        else { return }
        if !self.isTrusted {
            // Only the primary knows all that this member may have acknowledged and forgotten, and only both others
            // together know what it promised; an answer to an earlier life of this member proves nothing.
            guard session == self.configuration.session, from == self.primary,
                self.standings.indices.allSatisfy({ self.isAnswered(by: $0, for: log.view) })
            else { return }
            self.trustThrough = log.head
        }
        let others = (0..<self.configuration.memberCount).filter { $0 != from && self.isOther($0) }
        self.install(log, from: [from] + others)
    }

    /// Whether `member` told that it has promised nothing beyond `view`; whoever does not vote cannot have promised.
    private func isAnswered(by member: Int, for view: View) -> Bool {
        guard member != self.configuration.own, self.voters.contains(member) else { return true }
        return self.standings[member].map { $0.view <= view } ?? false
    }

    private func standing(session: UInt64) -> Message {
        .standing(view: self.view, head: self.head, session: session)
    }

    mutating func onStanding(_ view: View, head: Op, session: UInt64, from: Int, _ out: inout [Output]) {
        if session == self.configuration.session, !self.isTrusted {
            // To meet another one is progress: only from then on is there anybody to wait for.
            if self.standings[from] == nil {
                self.phaseSince = self.now
                self.firstAnswers[from] = view
            }
            let view = max(self.standings[from]?.view ?? view, view)
            self.standings[from] = Standing(view: view, head: head)
            self.beginCluster(&out)
        }
        if view > self.view, self.configuration.memberCount > 1 { self.advance(to: view, &out) }
        self.beginAnew(metIn: view, &out)
    }

    /// Where nobody has anything there is nothing to have forgotten: so a new cluster begins, once all its members have
    /// met.
    private mutating func beginCluster(_ out: inout [Output]) {
        let isNew = self.standings.allSatisfy { $0 == Standing(view: View(0), head: .genesis) }
        guard isNew, self.view == View(0), case .joining = self.phase else { return }
        self.isTrusted = true
        self.isFounding = true
        self.phase = .normal
        self.primaryHeardAt = self.now
        self.leadingSince = self.now
        out.append(.trust)
        if self.isPrimary { out.append(.lead(self.view)) }
    }

    func sendToOthers(_ message: Message, _ out: inout [Output]) {
        for member in 0..<self.configuration.memberCount where self.isOther(member) {
            out.append(.send(to: member, message))
        }
    }
}
