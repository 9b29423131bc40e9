internal import TarnCore

/// Who counts, and how that changes.
extension Replica {
    /// Who commits and elects as far as this log says, committed or not.
    package var voters: MemberSet { self.pendingReconfigurations.last?.seating.voters ?? self.seating.voters }

    /// Whether this member commits and elects; otherwise it only learns.
    package var isVoter: Bool { self.voters.contains(self.configuration.own) }

    /// Whether this member alone commits, as far as it is committed.
    var isOnlyVoter: Bool { self.seating.voters == MemberSet([self.configuration.own]) }

    /// The epoch of the newest membership in this log, committed or not.
    package var epoch: UInt64 { self.pendingReconfigurations.last?.seating.epoch ?? self.seating.epoch }

    /// The epoch that a member which may have forgotten the membership has to know before it listens to this one: that
    /// of the newest change in this log, committed or not, by which somebody else sits in a seat or votes. Whether the
    /// observer may lead changes neither, and to commit that may take the very member that would wait for it.
    package var announcedEpoch: UInt64 {
        self.pendingReconfigurations.last { $0.change != .electObserver }?.seating.epoch ?? self.seating.epoch
    }

    /// Whether a change of the membership is on its way.
    package var isReconfiguring: Bool { self.preparedReconfiguration != nil || !self.pendingReconfigurations.isEmpty }

    /// Whether nobody sits in `seat` at the moment: neither who did nor who will. That ends when the change is
    /// committed and the shell tells the two apart (``Input/seated(_:)``).
    func isVacant(_ seat: Int) -> Bool {
        (self.pendingReconfigurations.contains { $0.replacedSeat == seat } || self.closedSeats.contains(seat))
            && !self.configuration.flaws.contains(.hearsReplaced)
    }

    /// Which copies commit `op`.
    func quorum(for op: Op) -> Quorum {
        let old =
            self.seating.voters.count == 1
            ? Quorum(required: self.seating.voters, count: 1) : self.configuration.quorum
        guard let pending = self.pendingReconfigurations.last(where: { op >= $0.op }),
            !self.configuration.flaws.contains(.commitsByOldQuorum)
        else { return old }
        // Whoever stays holds it: then nobody is left who would still hear the one that goes.
        if op == pending.op, let seat = pending.replacedSeat {
            let staying = MemberSet((0..<self.configuration.memberCount).filter { $0 != seat })
            return Quorum(required: staying, count: staying.count)
        }
        if pending.seating.voters.count == 1 { return old }
        let isGrowth = op == pending.op && self.seating.voters.count == 1
        // Who ordered it held it before anybody else did. A member that learned, and leads because an earlier such
        // entry made it one of three until that entry was dropped, does not answer for whoever is alone.
        guard isGrowth, !self.seating.voters.contains(pending.orderedBy),
            !self.configuration.flaws.contains(.learnersVote)
        else { return self.configuration.quorum }
        return Quorum(required: self.seating.voters, count: self.configuration.memberCount / 2 + 1)
    }

    // MARK: As the primary

    mutating func onReconfigure(_ change: Reconfiguration, _ out: inout [Output]) {
        if let reason = self.reasonAgainst(change) { return out.append(.reconfigurationRefused(reason)) }
        self.preparedReconfiguration = PreparedReconfiguration(change: change, since: self.now)
    }

    private func reasonAgainst(_ change: Reconfiguration) -> String? {
        guard self.isPrimary, self.canSubmit == .ready || self.canSubmit == .pipelineFull else {
            return "\(self.canSubmit)"
        }
        guard !self.isReconfiguring, self.handover == nil else { return "another change is under way" }
        guard change.membership.epoch == self.seating.epoch + 1 else {
            return "it was made for epoch \(change.membership.epoch); the next one is \(self.seating.epoch + 1)"
        }
        // It would be a quorum of others beside the only voter, which commits alone while it does not know of that.
        guard self.isVoter || self.configuration.flaws.contains(.learnersVote) else {
            return "whoever only learns the log does not decide who votes"
        }
        if case .replace(let seat) = change.change, seat == self.configuration.own {
            return "the primary cannot replace itself"
        }
        let absent = self.preparers(of: change).filter {
            self.isOther($0) && !self.peers[$0].isHeard(within: Timeouts.quietTicks, now: self.now)
        }
        return absent.isEmpty ? nil : "datacentres \(absent.map { $0 + 1 }) are not heard"
    }

    /// Has the change ordered once everything before it is committed and held by all who have to; gives up after a
    /// while.
    mutating func settleReconfiguration(_ out: inout [Output]) {
        guard let prepared = self.preparedReconfiguration, self.isPrimary else { return }
        if self.now.elapsed(since: prepared.since) >= Timeouts.handoverTicks {
            self.preparedReconfiguration = nil
            return out.append(.reconfigurationRefused("not everybody who has to held everything in time"))
        }
        guard !prepared.isOrdered, self.commit == self.head, self.stored == self.head else { return }
        let isHeld = self.preparers(of: prepared.change).allSatisfy { member in
            member == self.configuration.own || (self.peers[member].prefixComplete ?? .genesis) >= self.head
        }
        guard isHeld || self.configuration.flaws.contains(.growsUnprepared) else { return }
        self.preparedReconfiguration?.isOrdered = true
        out.append(.orderReconfiguration(prepared.change))
    }

    /// Who must hold everything before `change` is ordered: so nothing that was acknowledged before hangs on whoever is
    /// replaced, or on the one that was alone.
    private func preparers(of change: Reconfiguration) -> [Int] {
        let members = 0..<self.configuration.memberCount
        switch change.change {
        case .grow: return Array(members)
        case .replace(let seat): return members.filter { $0 != seat }
        case .electObserver, .recover: return []
        }
    }

    /// Whether `entry` is the change that was asked for and may be ordered now.
    func isExpected(_ entry: LogEntry) -> Bool {
        guard let prepared = self.preparedReconfiguration, prepared.isOrdered else { return false }
        return entry.header.kind == .reconfigure && entry.body == prepared.change.encoded()
    }

    // MARK: In the log

    /// Every entry enters the window here.
    mutating func appendToWindow(_ entry: LogEntry, hash: Digest) {
        self.window.append(entry, hash: hash)
        let known = self.pendingReconfigurations.last
        guard let pending = PendingReconfiguration(entry, after: known?.seating ?? self.seating) else { return }
        if let known { self.knownCommit = max(self.knownCommit, known.op) }
        self.pendingReconfigurations.append(pending)
        if let seat = pending.replacedSeat { self.vacate(seat) }
    }

    /// Cuts the window, and with it perhaps a change of the membership.
    mutating func truncateWindow(to op: Op) {
        self.window.truncate(to: op)
        self.pendingReconfigurations.removeAll { $0.op > op }
    }

    /// Takes the new membership over once it is committed.
    mutating func adoptReconfiguration(_ out: inout [Output]) {
        while let pending = self.pendingReconfigurations.first, pending.op <= self.commit {
            self.pendingReconfigurations.removeFirst()
            self.seating = pending.seating
            if let seat = pending.replacedSeat {
                self.vacate(seat)
                self.closedSeats.append(seat)
            }
            // Whoever votes from now on has not been asked to show signs of life before.
            self.leadingSince = self.now
            self.primaryHeardAt = self.now
            out.append(.reconfigured(at: pending.op))
        }
    }

    /// Forgets all that whoever sat in `seat` said.
    private mutating func vacate(_ seat: Int) {
        guard seat < self.configuration.memberCount else { return }
        self.peers[seat] = Peer()
        self.votes[seat] = nil
        self.exits[seat] = nil
        self.standings[seat] = seat == self.configuration.own ? self.standings[seat] : nil
        self.firstAnswers[seat] = nil
        self.joinSentAt = nil
    }
}
