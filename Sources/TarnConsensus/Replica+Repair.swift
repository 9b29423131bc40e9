internal import TarnCore

/// How far a backup's search for missing entries has come.
struct Repair: Sendable {
    /// Whom it asked last, and when; nil when no answer is awaited.
    private(set) var asked: (member: Int, at: Tick)?
    /// Who did not answer in time.
    private(set) var silent: Int?
    /// Whether the last answer brought something: then the next request follows at once.
    private(set) var isFlowing = false
    private var backoff = Backoff(initial: Timeouts.repairTicks, max: Timeouts.repairTicksMax)
    /// When the log last grew, or was first seen to lack something.
    private var quietSince: Tick?

    /// Nothing is missing.
    mutating func rest() { self = Repair() }

    mutating func progressed(at now: Tick) { self.quietSince = now }

    mutating func answered(by member: Int) {
        guard self.asked?.member == member else { return }
        self.asked = nil
        self.silent = nil
        self.isFlowing = true
        self.backoff.reset()
    }

    /// Stops waiting for an answer: there is a better chance to get one now.
    mutating func retry() {
        self.asked = nil
        self.silent = nil
        self.backoff.reset()
    }

    mutating func ask(_ member: Int, at now: Tick) { self.asked = (member, now) }

    /// Whether an answer is awaited still; gives up on it when it took too long.
    mutating func isWaiting(at now: Tick) -> Bool {
        guard let asked else { return false }
        guard now.elapsed(since: asked.at) >= self.backoff.ticks else { return true }
        self.asked = nil
        self.silent = asked.member
        self.isFlowing = false
        self.backoff.lengthen()
        return false
    }

    /// Whether the log has not grown for `ticks`.
    mutating func isQuiet(for ticks: UInt64, at now: Tick) -> Bool {
        let since = self.quietSince ?? now
        self.quietSince = since
        return now.elapsed(since: since) >= ticks
    }
}

/// How a backup gets entries that did not come by themselves.
extension Replica {
    /// Asks for what is missing: one request at a time, to the primary if it can be heard, else to whoever is ahead.
    mutating func repairGap(_ out: inout [Output]) {
        // Whatever is committed or follows a hole must be asked for; what a peer merely has may be on its way.
        let certain = max(self.knownCommit, self.reordered.last ?? self.head)
        var wanted = certain
        for member in 0..<self.configuration.memberCount where self.isOther(member) {
            wanted = max(wanted, self.peers[member].head ?? wanted)
        }
        guard wanted > self.head else { return self.repair.rest() }
        guard self.window.unstoredCount <= Limits.acceptedEntriesMax / 2,
            self.window.unstoredBytesCount <= Limits.acceptedBytesMax / 2, !self.repair.isWaiting(at: self.now)
        else { return }
        let patience = certain > self.head ? Timeouts.gapTicks : Timeouts.gossipGapTicks
        guard self.repair.isFlowing || self.repair.isQuiet(for: patience, at: self.now) else { return }
        guard let member = self.repairSource(isCertain: certain > self.head) else { return }
        self.repair.ask(member, at: self.now)
        out.append(.trace(.askedForEntries(from: member, after: self.head)))
        if wanted.number - self.head.number > UInt64(Limits.pipelineSetsMax) {
            out.append(.fetchEntries(from: member, after: self.head))
        } else {
            out.append(.send(to: member, .getEntries(after: self.head)))
        }
    }

    /// The best member to ask: one that answers, that is heard, the primary, the one with most; in this order.
    private func repairSource(isCertain: Bool) -> Int? {
        var best: (member: Int, rank: Int, head: Op)?
        for member in 0..<self.configuration.memberCount where self.isOther(member) {
            let peer = self.peers[member]
            let isPrimary = member == self.primary
            let head = peer.head ?? .genesis
            guard head > self.head || isPrimary && isCertain else { continue }
            let rank =
                (member == self.repair.silent ? 0 : 4)
                + (peer.isHeard(within: Timeouts.quietTicks, now: self.now) ? 2 : 0) + (isPrimary ? 1 : 0)
            if let best, (best.rank, best.head) >= (rank, head) { continue }
            best = (member, rank, head)
        }
        return best?.member
    }
}
