internal import TarnCore

/// How a member makes the log of a view its own.
extension Replica {
    /// Starts to get what is missing of `log` from `sources`.
    mutating func install(_ log: CanonicalLog, from sources: [Int]) {
        let hashes = log.suffix.map { self.hash($0) }
        self.phase = .installing(Installation(log: log, hashes: hashes, sources: sources))
        self.phaseSince = self.now
    }

    /// Asks for what is missing next, or has the log written once it is whole.
    mutating func continueInstallation(_ out: inout [Output]) {
        guard case .installing(var installation) = self.phase, !installation.isWriting else { return }
        if installation.common == nil { self.findCommon(&installation, &out) }
        if self.halted == nil, let common = installation.common {
            let next = Op(common.number + UInt64(installation.entries.count))
            if next >= installation.log.head {
                self.write(&installation, after: common, &out)
            } else if let source = installation.nextSource(at: self.now) {
                out.append(.send(to: source, .getEntries(after: next)))
            }
        }
        if case .installing = self.phase { self.phase = .installing(installation) }
    }

    /// Whether the committed part is here, and how far the rest agrees; otherwise asks for more of it.
    private mutating func findCommon(_ installation: inout Installation, _ out: inout [Output]) {
        let base = installation.log.base
        let isReached =
            base.op <= self.window.commit || base.op <= self.head && self.window[base.op]?.hash == base.entry
        guard isReached else {
            if base.op <= self.head { installation.isDoubtful = true }
            let after = installation.isDoubtful ? self.window.commit : self.head
            guard self.window.unstoredCount <= Limits.acceptedEntriesMax / 2,
                self.window.unstoredBytesCount <= Limits.acceptedBytesMax / 2,
                let source = installation.nextSource(at: self.now)
            else { return }
            if base.op.number - after.number > UInt64(Limits.pipelineSetsMax) {
                return out.append(.fetchEntries(from: source, after: after))
            }
            return out.append(.send(to: source, .getEntries(after: after)))
        }
        if let ours = self.window[base.op]?.hash, ours != base.entry {
            let member = installation.sources.first ?? self.primary
            return self.halt(.differentEntry(op: base.op, ours: ours, theirs: base.entry, member: member), &out)
        }
        self.knownCommit = max(self.knownCommit, base.op)
        var common = base.op
        while common < min(self.head, installation.log.head), let hash = installation.hash(at: common.next),
            self.window[common.next].map({ $0.hash == hash }) ?? (common.next <= self.window.commit)
        {
            common = common.next
        }
        guard common >= self.window.commit else {
            let member = installation.sources.first ?? self.primary
            let head = installation.log.head
            return self.halt(.primaryBehind(head: head, theirs: self.window.commit, member: member), &out)
        }
        installation.common = common
        installation.answered()
    }

    private mutating func write(_ installation: inout Installation, after common: Op, _ out: inout [Output]) {
        let log = installation.log
        let head = Message.Acknowledgement(op: log.head, entry: installation.hash(at: log.head) ?? log.base.entry)
        installation.isWriting = true
        self.pendingInstallation = installation
        out.append(.install(view: log.view, after: common, entries: installation.entries, head: head))
    }

    /// Takes entries that were asked for on the way to a log. Their sender's log is that of `logView`.
    mutating func onInstallationEntries(
        _ entries: [LogEntry],
        of logView: View,
        commit: Op,
        from: Int,
        _ out: inout [Output]
    ) {
        guard case .installing(var installation) = self.phase, !installation.isWriting else { return }
        // What is committed stands. A log of this very view holds the base with all that is below it, even where its
        // member has forgotten how much of that is committed: so does a primary that comes back.
        let isOfView = logView == installation.log.view
        let known = isOfView ? installation.log.base.op : commit
        let (head, count, wasDoubtful) = (self.head, installation.entries.count, installation.isDoubtful)
        for entry in entries where self.halted == nil {
            if installation.common == nil {
                let through = min(known, installation.log.base.op)
                guard self.takeCommitted(entry, through: through, &installation.isDoubtful, &out) else { break }
            } else {
                guard self.collect(entry, &installation) else { break }
            }
        }
        if self.head != head || installation.entries.count > count || installation.isDoubtful != wasDoubtful {
            installation.answered()
            self.phaseSince = self.now
        } else {
            installation.distrust(from)
        }
        self.phase = .installing(installation)
    }

    /// Appends an entry, if it is the next one and not above `known`, up to where all is surely committed; false ends
    /// the page. `isDoubtful` becomes true where it does not follow what is here.
    mutating func takeCommitted(
        _ entry: LogEntry,
        through known: Op,
        _ isDoubtful: inout Bool,
        _ out: inout [Output]
    ) -> Bool {
        let op = entry.header.op
        guard op <= known else { return false }
        guard op > self.window.commit else { return true }
        let hash = self.hash(entry.header)
        if op <= self.head {
            if self.window[op]?.hash == hash { return true }
            // Ours was superseded: the committed one takes its place.
            guard let below = op.previous else { return false }
            self.truncateWindow(to: below)
            out.append(.truncate(to: Message.Acknowledgement(op: below, entry: self.window.headHash)))
        }
        guard op == self.head.next else { return false }
        guard entry.header.parent == self.headHash else {
            isDoubtful = true
            return false
        }
        guard self.window.unstoredCount < Limits.acceptedEntriesMax,
            self.window.unstoredBytesCount < Limits.acceptedBytesMax
        else { return false }
        self.appendToWindow(entry, hash: hash)
        isDoubtful = false
        // Up to here the log is canonical, so what is committed of it may be applied at once.
        self.knownCommit = max(self.knownCommit, op)
        out.append(.persist(entry))
        return true
    }

    /// Keeps an uncommitted entry of the canonical log, if it is the next one; false ends the page.
    private func collect(_ entry: LogEntry, _ installation: inout Installation) -> Bool {
        guard let common = installation.common else { return false }
        let next = Op(common.number + UInt64(installation.entries.count)).next
        if entry.header.op < next { return true }
        guard entry.header.op == next, self.hash(entry.header) == installation.hash(at: next) else { return false }
        installation.entries.append(entry)
        return true
    }

    /// The log of `view` is durable: it is this member's log now, whatever has happened since.
    mutating func onInstalled(_ view: View, _ out: inout [Output]) {
        guard let installation = self.pendingInstallation, installation.log.view == view,
            let common = installation.common
        else { return out.append(.trace(.unexpectedCompletion)) }
        self.pendingInstallation = nil
        self.check(common >= self.window.commit, "installing a log over committed op \(self.window.commit)")
        self.truncateWindow(to: common)
        for entry in installation.entries { self.appendToWindow(entry, hash: self.hash(entry.header)) }
        _ = self.window.markStored(through: self.window.head, hash: self.window.headHash)
        self.window.forgetHolders(but: self.configuration.own)
        self.logView = view
        self.durableView = max(self.durableView, view)
        let head = self.head
        self.faults.removeAll { $0.op <= head }
        out.append(.adopt(after: common, entries: installation.entries))
        if view == self.view { self.enterView(&out) }
    }

    private mutating func enterView(_ out: inout [Output]) {
        self.phase = .normal
        self.isExiting = false
        self.exits = Array(repeating: nil, count: self.configuration.memberCount)
        self.hearPrimary()
        self.leadingSince = self.now
        self.ownWriteSince = nil
        self.prepared = self.head
        self.ownDurable = self.head
        self.viewStart = self.head
        self.announcedCommit = self.commit
        self.heartbeatAt = nil
        self.reacknowledgeFrom = self.commit.next
        if self.isPrimary {
            self.sendToOthers(.view(self.canonicalLog(), session: 0), &out)
            out.append(.lead(self.view))
        }
    }

    /// Trusts this member again once it holds all that it may have forgotten.
    mutating func regainTrust(_ out: inout [Output]) {
        guard !self.isTrusted, let through = self.trustThrough, case .normal = self.phase, self.stored >= through
        else { return }
        var op = self.commit.next
        while op <= through {
            guard let slot = self.window[op], slot.holders.contains(self.configuration.own) else { return }
            op = op.next
        }
        self.isTrusted = true
        self.faults.removeAll()
        out.append(.trust)
    }
}
