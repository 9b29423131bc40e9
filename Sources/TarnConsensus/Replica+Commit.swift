package import TarnCore

/// What is durable where, and what is committed by it.
extension Replica {
    mutating func onStored(_ through: Message.Acknowledgement, _ out: inout [Output]) {
        switch self.window.markStored(through: through.op, hash: through.entry) {
        case .new, .repeated, .forgotten: break
        case .different, .unknown:
            out.append(.trace(.unknownEntry(member: self.configuration.own, op: through.op)))
        }
    }

    mutating func onDurable(_ entries: [Message.Acknowledgement], _ out: inout [Output]) {
        for entry in entries {
            // Entries are stored in order, so a durable one has all the others below it on disk.
            self.onStored(entry, &out)
            self.window.markReadable(entry.op, hash: entry.entry)
            switch self.window.markHeld(entry.op, hash: entry.entry, by: self.configuration.own) {
            case .new, .repeated: self.acknowledgements.append(entry)
            case .forgotten, .different, .unknown: break
            }
        }
    }

    /// Counts what a backup holds.
    mutating func onPrepareOk(_ acknowledgements: [Message.Acknowledgement], from: Int, _ out: inout [Output]) {
        guard self.isPrimary else { return out.append(.trace(.misdirected(from: from))) }
        for acknowledgement in acknowledgements {
            switch self.window.markHeld(acknowledgement.op, hash: acknowledgement.entry, by: from) {
            case .new:
                self.peers[from].raiseHead(to: acknowledgement.op)
                self.peers[from].resend.reset()
            case .repeated, .forgotten:
                self.peers[from].raiseHead(to: acknowledgement.op)
            case .different:
                out.append(.trace(.unknownEntry(member: from, op: acknowledgement.op)))
            case .unknown:
                return self.halt(
                    .primaryBehind(head: self.head, theirs: acknowledgement.op, member: from),
                    &out
                )
            }
        }
    }

    mutating func onPeerHead(_ member: Int, _ head: Heads.Head, isDirect: Bool, _ out: inout [Output]) {
        if isDirect { self.hear(member) }
        guard member != self.configuration.own else { return }
        if head.view > self.view, self.configuration.memberCount > 1 {
            out.append(.trace(.otherView(from: member, view: head.view)))
            return self.advance(to: head.view, &out)
        }
        if isDirect { self.beginAnew(metIn: head.view, &out) }
        guard case .normal = self.phase else { return }
        // A log of another view has the committed part in common with this one, and perhaps nothing else.
        let common = head.logView == self.view ? head.op : head.commit
        if isDirect {
            self.peers[member].head = common
        } else {
            self.peers[member].raiseHead(to: common)
        }
        if self.isPrimary, common > self.head {
            return self.halt(.primaryBehind(head: self.head, theirs: common, member: member), &out)
        }
        if isDirect {
            self.peers[member].prefixComplete = head.logView == self.view ? head.prefixComplete : nil
        }
        self.learnCommit(head.commit, from: member, &out)
    }

    /// The newest op that is known to be committed, in this log or not yet; nil until this life of the member has
    /// heard from whoever leads: what was on its own disk may be of long ago.
    package var clusterCommit: Op? {
        if case .installing(let installation) = self.phase {
            return max(self.knownCommit, installation.log.base.op)
        }
        return self.hasHeardPrimary || self.isPrimary ? self.knownCommit : nil
    }

    /// Takes note of a commit number of the present view.
    mutating func learnCommit(_ commit: Op, from member: Int, _ out: inout [Output]) {
        if self.isPrimary, commit > self.head {
            return self.halt(.primaryBehind(head: self.head, theirs: commit, member: member), &out)
        }
        self.knownCommit = max(self.knownCommit, commit)
    }

    /// Commits what may be committed: what others committed before, and on the primary what a quorum holds; never what
    /// is not stored.
    mutating func advanceCommit(_ out: inout [Output]) {
        var commit = max(self.commit, min(self.knownCommit, self.stored))
        if self.isPrimary {
            while commit < self.stored, let slot = self.window[commit.next],
                self.isEnough(slot, for: commit.next), !self.isAwaitingMembers(slot.holders)
            {
                commit = commit.next
            }
            self.knownCommit = max(self.knownCommit, commit)
        }
        guard commit > self.commit else { return }
        self.window.commit(through: commit)
        out.append(.commit(through: commit))
    }

    /// Whether the copies of `op` commit it. What this member acknowledged once and cannot read is no copy.
    private func isEnough(_ slot: LogWindow.Slot, for op: Op) -> Bool {
        var holders = slot.holders
        if slot.isFaulty { holders.remove(self.configuration.own) }
        return self.quorum(for: op).isSatisfied(by: holders)
    }

    /// The first op of a new cluster shows that all members know that they are new: before, one of them alone with the
    /// primary could not be told from one that has lost its disk, and could not go on without the third. Waits a while
    /// only, since no promise depends on it.
    private func isAwaitingMembers(_ holders: MemberSet) -> Bool {
        self.isFounding && self.commit == .genesis && holders.count < self.configuration.memberCount
            && self.now.elapsed(since: self.leadingSince) < Timeouts.startTicks
    }

    /// Sends what this step owes to the primary, in as few messages as their limit allows.
    mutating func sendAcknowledgements(_ out: inout [Output]) {
        if let from = self.reacknowledgeFrom {
            self.reacknowledgeFrom = nil
            self.acknowledgements.removeAll { $0.op >= from }
            var op = from
            while op <= self.stored {
                if let slot = self.window[op], slot.holders.contains(self.configuration.own), !slot.isFaulty {
                    self.acknowledgements.append(Message.Acknowledgement(op: op, entry: slot.hash))
                }
                op = op.next
            }
        }
        var rest = self.acknowledgements[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(Limits.acknowledgementsPerMessageMax))
            rest = rest.dropFirst(part.count)
            out.append(.send(to: self.primary, .prepareOk(view: self.view, acknowledgements: part)))
        }
        self.acknowledgements.removeAll(keepingCapacity: true)
    }
}
