internal import TarnCore

/// What the primary does: orders, sends, sends again.
extension Replica {
    /// Whether a change set may be submitted. What this says holds for the next input, however much time passes before
    /// it.
    package var canSubmit: SubmitState {
        if self.halted != nil { return .halted }
        if self.isChangingView { return .changingView(self.view) }
        guard self.isPrimary else { return .notPrimary(leader: self.primary) }
        if self.handover != nil || self.preparedReconfiguration != nil { return .changingView(self.view) }
        if self.window.uncommittedCount >= Limits.pipelineSetsMax { return .pipelineFull }
        if self.window.uncommittedBytesCount >= Limits.pipelineBytesMax { return .pipelineFull }
        return !self.isExiting && self.hearsQuorum(within: Timeouts.silenceTicks) ? .ready : .noQuorum
    }

    /// Orders `entry`; `admission` is what ``canSubmit`` said before this input.
    mutating func onSubmit(_ entry: LogEntry, admission: SubmitState, _ out: inout [Output]) {
        if let rejection = self.rejection(of: entry, admission: admission) {
            return out.append(.reject(op: entry.header.op, rejection))
        }
        self.preparedReconfiguration = nil
        self.appendToWindow(entry, hash: self.hash(entry.header))
        out.append(.persist(entry))
    }

    private func rejection(of entry: LogEntry, admission: SubmitState) -> Rejection? {
        let header = entry.header
        let isExpected = header.kind == .reconfigure && self.isExpected(entry)
        guard admission == .ready && header.kind != .reconfigure || isExpected else { return .notReady(admission) }
        guard header.view == self.view else { return .otherView(current: self.view) }
        guard header.op == self.head.next, header.parent == self.headHash else {
            return .notNext(head: self.head, hash: self.headHash)
        }
        guard header.timestampMicroseconds > self.headTimestampMicroseconds else {
            return .timeNotIncreasing(head: self.headTimestampMicroseconds)
        }
        guard entry.body.count <= Limits.logBodyBytesMax else { return .bodyTooLarge(bytesCount: entry.body.count) }
        return nil
    }

    /// Whether an entry leaves before it is on this member's own disk, which then writes beside the others'. A primary
    /// that crashes may have forgotten such an entry and must not order another in its place: it resigns
    /// when it starts again (``hasResigned``). Where one member alone commits, nobody else could begin another view; and
    /// before anything is committed all members may have forgotten that they began, and begin again in the same one.
    private var sendsBeforeStoring: Bool { self.seating.voters.count > 1 && self.commit > .genesis }

    /// Sends the entries that have not left yet, in order.
    mutating func sendPrepares(_ out: inout [Output]) {
        self.watchOwnDisk()
        self.prepared = max(self.prepared, self.commit)
        while self.prepared < self.head, let slot = self.window[self.prepared.next], let entry = slot.entry,
            self.sendsBeforeStoring || slot.holders.contains(self.configuration.own)
        {
            self.prepared = self.prepared.next
            self.window.markSent(self.prepared, at: self.now)
            self.announcedCommit = self.commit
            for member in 0..<self.configuration.memberCount where self.isFollowing(member, self.prepared) {
                out.append(.send(to: member, .prepare(view: self.view, entry: entry, commit: self.commit)))
            }
        }
    }

    /// Notes since when an entry waits for this member's own disk.
    private mutating func watchOwnDisk() {
        let before = self.ownDurable
        self.ownDurable = max(self.ownDurable, self.commit)
        while self.ownDurable < self.head, let slot = self.window[self.ownDurable.next],
            slot.holders.contains(self.configuration.own)
        {
            self.ownDurable = self.ownDurable.next
        }
        if self.ownDurable == self.head {
            self.ownWriteSince = nil
        } else if self.ownDurable > before || self.ownWriteSince == nil {
            self.ownWriteSince = self.now
        }
    }

    /// Tells the backups that the primary lives and what is committed; a new commit number does not wait for the next
    /// regular time.
    mutating func sendHeartbeats(_ out: inout [Output]) {
        if let heartbeatAt, self.announcedCommit >= self.commit,
            self.now.elapsed(since: heartbeatAt) < Timeouts.heartbeatTicks
        {
            return
        }
        self.heartbeatAt = self.now
        self.announcedCommit = self.commit
        for member in 0..<self.configuration.memberCount where self.isOther(member) {
            out.append(.send(to: member, .heartbeat(view: self.view, commit: self.commit)))
        }
    }

    /// Sends again what a member that keeps up has not acknowledged for too long.
    mutating func resendPrepares(_ out: inout [Output]) {
        for member in 0..<self.configuration.memberCount {
            guard let oldest = self.oldestUnacknowledged(by: member), self.isFollowing(member, oldest) else { continue }
            let peer = self.peers[member]
            let sentAt = max(self.window[oldest]?.sentAt ?? Tick(0), peer.resentAt ?? Tick(0))
            guard self.now.elapsed(since: sentAt) >= peer.resend.ticks else { continue }
            self.peers[member].resentAt = self.now
            self.peers[member].resend.lengthen()
            // One is enough to ask a member that has the entry already: it answers with all that it holds durably.
            let countMax = peer.head.map { $0 >= oldest } == true ? 1 : Limits.resentEntriesMax
            self.resendPrepares(to: member, from: oldest, countMax: countMax, &out)
        }
    }

    private mutating func resendPrepares(to member: Int, from oldest: Op, countMax: Int, _ out: inout [Output]) {
        var count = 0
        var bytesCount = 0
        var op = oldest
        while op <= self.prepared, count < countMax, bytesCount < Limits.resentBytesMax {
            if let slot = self.window[op], let entry = slot.entry, !slot.holders.contains(member) {
                if let sentAt = slot.sentAt, self.now.elapsed(since: sentAt) < Timeouts.resendTicks { break }
                out.append(.send(to: member, .prepare(view: self.view, entry: entry, commit: self.commit)))
                count += 1
                bytesCount += entry.body.count
            }
            op = op.next
        }
        out.append(.trace(.resent(to: member, from: oldest, count: count)))
    }

    private func oldestUnacknowledged(by member: Int) -> Op? {
        var op = self.commit.next
        while op <= self.prepared {
            if let slot = self.window[op], !slot.holders.contains(member) { return op }
            op = op.next
        }
        return nil
    }

    /// Whether `member` is to be sent the Prepare of `op`, or is away or too far behind and fetches it when it can.
    private func isFollowing(_ member: Int, _ op: Op) -> Bool {
        guard self.isOther(member) else { return false }
        let peer = self.peers[member]
        if peer.heardAt != nil, !peer.isHeard(within: Timeouts.quietTicks, now: self.now) { return false }
        guard let head = peer.head else { return true }
        return head.lag(behind: op) <= UInt64(Limits.followLagMax)
    }
}
