internal import TarnCore

/// A read that waits until a quorum confirms that nobody else leads.
struct PendingRead: Sendable {
    let nonce: UInt64
    /// What must be applied before the read is answered.
    let op: Op
    let since: Tick
    var confirmed: MemberSet
}

/// Linearizable reads: no lease, one round of messages.
extension Replica {
    mutating func onRead(_ nonce: UInt64, _ out: inout [Output]) {
        guard self.isPrimary, self.reads.count < Limits.pendingReadsMax else {
            return out.append(.readRefused(nonce: nonce))
        }
        // Whatever was acknowledged by an earlier primary, or by this one before it restarted, lies below the view's
        // start.
        let op = max(self.commit, self.viewStart)
        // A member that only learns can lead for a while, and whoever commits without it may have left its view.
        let confirmed = self.isVoter ? MemberSet([self.configuration.own]) : .empty
        self.reads.append(PendingRead(nonce: nonce, op: op, since: self.now, confirmed: confirmed))
        self.sendToOthers(.readBarrier(view: self.view, nonce: nonce), &out)
    }

    mutating func onReadBarrier(_ view: View, nonce: UInt64, from: Int, _ out: inout [Output]) {
        guard self.meets(view, from: from, &out), case .normal = self.phase, from == self.primary, self.isTrusted
        else { return }
        out.append(.send(to: from, .readOk(view: view, nonce: nonce)))
    }

    mutating func onReadOk(_ view: View, nonce: UInt64, from: Int) {
        guard view == self.view, let index = self.reads.firstIndex(where: { $0.nonce == nonce }) else { return }
        guard self.voters.contains(from) else { return }
        self.reads[index].confirmed.insert(from)
    }

    /// Answers the reads that are confirmed and whose op is committed, and refuses those that took too long.
    mutating func settleReads(_ out: inout [Output]) {
        guard !self.reads.isEmpty else { return }
        let needed = self.voters.count / 2 + 1
        let (commit, now) = (self.commit, self.now)
        self.reads.removeAll { read in
            if read.confirmed.count >= needed, read.op <= commit {
                out.append(.readable(nonce: read.nonce, op: read.op))
                return true
            }
            guard now.elapsed(since: read.since) >= Timeouts.readTicks else { return false }
            out.append(.readRefused(nonce: read.nonce))
            return true
        }
    }
}

/// A planned change of the primary.
extension Replica {
    /// The next view that `member` leads, if it may.
    func view(ledBy member: Int) -> View? {
        self.view.next(ledBy: member, isObserverElectable: self.seating.isObserverElectable)
    }

    mutating func onSwitchover(to member: Int, _ out: inout [Output]) {
        guard self.isPrimary, self.isOther(member), self.voters.contains(member), !self.isReconfiguring,
            self.view(ledBy: member) != nil,
            self.peers[member].isHeard(within: Timeouts.quietTicks, now: self.now)
        else { return out.append(.trace(.switchoverRefused(to: member))) }
        self.handover = (member, self.now)
    }

    /// Ends the view once everything is committed and the next primary holds it; gives up after a while.
    mutating func settleHandover(_ out: inout [Output]) {
        guard self.isPrimary, let handover else { return }
        if self.now.elapsed(since: handover.since) >= Timeouts.handoverTicks {
            self.handover = nil
            return out.append(.trace(.switchoverRefused(to: handover.member)))
        }
        let isComplete =
            self.window[self.head].map { $0.holders.contains(handover.member) } ?? false
            || self.peers[handover.member].head.map { $0 >= self.head } ?? false
        guard self.commit == self.head, isComplete, let next = self.view(ledBy: handover.member) else { return }
        self.advance(to: next, &out)
    }
}
