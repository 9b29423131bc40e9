internal import TarnCore

/// What a backup does with entries.
extension Replica {
    mutating func onPrepare(_ entry: LogEntry, commit: Op, from: Int, _ out: inout [Output]) {
        guard from == self.primary else { return out.append(.trace(.misdirected(from: from))) }
        self.hearPrimary()
        self.learnCommit(commit, from: from, &out)
        self.peers[from].raiseHead(to: entry.header.op)
        self.offer(entry, from: from, isBinding: true, &out)
        self.appendReordered(&out)
    }

    mutating func onEntries(
        _ entries: [LogEntry],
        of logView: View,
        commit: Op,
        from: Int,
        _ out: inout [Output]
    ) {
        switch self.phase {
        case .joining: return self.learn(entries, commit: commit, from: from, &out)
        case .installing: return self.onInstallationEntries(entries, of: logView, commit: commit, from: from, &out)
        case .normal: break
        }
        guard !self.isPrimary else { return out.append(.trace(.misdirected(from: from))) }
        self.learnCommit(commit, from: from, &out)
        let head = self.head
        for entry in entries where self.halted == nil {
            // What is committed stands; above that, only a log of this view is this log.
            let op = entry.header.op
            guard logView == self.view || op <= commit else { break }
            self.peers[from].raiseHead(to: op)
            self.offer(entry, from: from, isBinding: true, &out)
        }
        self.appendReordered(&out)
        if self.head > head { self.repair.answered(by: from) }
    }

    /// Answers a member that asks for entries, if there are any for it.
    mutating func onGetEntries(after: Op, from: Int, _ out: inout [Output]) {
        self.peers[from].head = after
        guard after < self.stored else { return }
        let through = Op(min(self.stored.number, after.number + UInt64(Limits.entriesPerMessageMax)))
        let (view, logView, commit) = (self.view, self.logView, self.commit)
        out.append(
            .sendEntries(to: from, view: view, logView: logView, after: after, through: through, commit: commit)
        )
    }

    /// Takes an entry if it is the next one. A `binding` entry that contradicts this log proves a fork.
    private mutating func offer(_ entry: LogEntry, from: Int, isBinding: Bool, _ out: inout [Output]) {
        let op = entry.header.op
        if op <= self.head {
            self.compareHeld(entry, from: from, isBinding: isBinding, &out)
        } else if op > self.head.next {
            guard from == self.primary, self.reordered.insert(entry) else {
                return out.append(.trace(.dropped(op: op)))
            }
        } else if entry.header.parent != self.headHash {
            guard isBinding else { return out.append(.trace(.conflict(from: from, op: op))) }
            let (ours, theirs) = (self.headHash, entry.header.parent)
            self.halt(.differentParent(op: op, ours: ours, theirs: theirs, member: from), &out)
        } else {
            self.append(entry, &out)
        }
    }

    private mutating func append(_ entry: LogEntry, _ out: inout [Output]) {
        let op = entry.header.op
        guard self.window.unstoredCount < Limits.acceptedEntriesMax,
            self.window.unstoredBytesCount < Limits.acceptedBytesMax
        else {
            return out.append(.trace(.dropped(op: op)))
        }
        self.appendToWindow(entry, hash: self.hash(entry.header))
        self.knownCommit = max(self.knownCommit, Self.commitFloor(head: op))
        self.repair.progressed(at: self.now)
        out.append(.persist(entry))
    }

    /// An entry that should be here already: it is, or the logs have forked.
    private mutating func compareHeld(_ entry: LogEntry, from: Int, isBinding: Bool, _ out: inout [Output]) {
        let op = entry.header.op
        guard let ours = self.window[op]?.hash else { return }
        let theirs = self.hash(entry.header)
        if ours == theirs {
            // The primary sends again what it believes not to be acknowledged.
            guard from == self.primary else { return }
            self.reacknowledgeFrom = min(self.reacknowledgeFrom ?? op, min(op, self.commit.next))
        } else if isBinding {
            self.halt(.differentEntry(op: op, ours: ours, theirs: theirs, member: from), &out)
        } else {
            out.append(.trace(.conflict(from: from, op: op)))
        }
    }

    private mutating func appendReordered(_ out: inout [Output]) {
        while self.halted == nil, let entry = self.reordered.take(self.head.next) {
            let head = self.head
            self.offer(entry, from: self.primary, isBinding: true, &out)
            if self.head == head { return }
        }
    }
}
