internal import TarnConsensus
internal import TarnCore
internal import TarnSegment

/// What goes wrong.
extension Simulation {
    /// Of so many committed ops one may be the last that a crash leaves on one member only.
    private static let newestCount = 8

    mutating func injectFaults() {
        for index in self.members.indices where self.members[index].restartAt <= self.now { self.restart(index) }
        for kind in FaultEvent.Kind.allCases where self.plan.permyriad(of: kind) > 0 && self.isPossible(kind) {
            let event = FaultEvent(tick: self.now, kind: kind)
            self.faults = event.random(seed: self.plan.seed)
            guard self.faults.chance(permyriad: self.plan.permyriad(of: kind)),
                self.plan.only.map({ $0.contains(event) }) ?? true
            else { continue }
            self.events.append(event)
            self.inject(kind)
        }
    }

    private mutating func inject(_ kind: FaultEvent.Kind) {
        switch kind {
        case .crash: self.crashSomebody()
        case .cut: self.cutSomething()
        case .pause:
            self.probes.pauses += 1
            self.members[self.somebody()].pausedUntil = self.now + UInt64(self.faults.within(10...600))
        case .stall:
            self.probes.stalls += 1
            self.members[self.somebody()].disk.stalledUntil = self.now + UInt64(self.faults.within(10...1_500))
        case .clock:
            self.probes.clockJumps += 1
            self.members[self.somebody()].clockSkew = Int64(self.faults.within(-20_000_000...20_000_000))
        case .rot: self.rotSomething()
        case .switchover:
            for index in self.members.indices where self.members[index].replica?.isPrimary == true {
                self.probes.switchovers += 1
                let seat = self.members[index].seat
                let others =
                    self.membership.isObserverElectable ? [(seat + 1) % 3, (seat + 2) % 3] : [1 - min(seat, 1)]
                self.step(index, .switchover(to: self.faults.pick(others)))
            }
        case .failover:
            self.probes.failovers += 1
            for index in self.members.indices where self.members[index].isRunning(at: self.now) {
                self.step(index, .distrustPrimary)
            }
        case .replace: self.beginReplacement()
        case .elect: self.beginElection()
        case .full:
            self.probes.fullDisks += 1
            self.members[self.somebody()].disk.fullUntil = self.now + UInt64(self.faults.within(10...1_000))
        case .floor: self.raiseFloor()
        case .collect: self.beginCollection(on: self.somebody())
        case .strand: self.strandVoter()
        }
    }

    /// Whoever sits in a seat drawn at random.
    private mutating func somebody() -> Int {
        let seat = self.faults.below(3)
        return SimulatedMember.index(of: self.membership.members[seat].datacenter)
    }

    private mutating func crashSomebody() {
        var index = self.somebody()
        // Only without its primary does a view end, and nothing but that makes anybody ask who has what.
        if self.plan.rotsLastCopies, let primary = self.members.firstIndex(where: { $0.replica?.isPrimary == true }) {
            index = primary
        }
        let downTicks = self.faults.chance(percent: 30) ? 800 : 60
        let restartAt = self.now + UInt64(self.faults.within(1...downTicks))
        let isWiped = self.faults.chance(percent: self.plan.wipePercent)
        let isDamaged = self.faults.chance(percent: self.plan.damagePercent)
        guard self.members[index].replica != nil, !self.members[index].isLost else { return }
        self.crash(index)
        self.members[index].restartAt = restartAt
        // What rots while a view change is under way is the hardest to tell from what never was.
        if self.plan.rotsLastCopies {
            // Long enough for a view to begin without the other copy.
            if self.rotLastCopy(without: index) {
                self.members[index].restartAt = self.now + UInt64(self.faults.within(400...1_000))
            }
        } else if self.plan.rotPermyriad > 0, self.faults.chance(percent: 50) {
            self.rotSomething(amongNewest: 2)
        }
        // One disk at a time may lose what it held, and only when nothing hangs on it alone.
        guard self.disturbed == nil || self.disturbed == index, self.isSpare(index), self.isSettled,
            self.members.allSatisfy({ $0.index == index || $0.isLost || $0.disk.superblock.isTrusted })
        else { return }
        if isWiped {
            self.probes.wipes += 1
            self.disturbed = index
            self.members[index].adopt(self.members[index].folderMembership)
            self.members[index].disk.wipe(genesis: self.genesis, isTrusted: self.plan.mutant == .wipedMemberVotes)
        } else if isDamaged {
            self.disturbed = index
            if self.faults.chance(percent: 50) {
                // A sector that was written to the place of another: that one is gone, and so is what it should hold.
                self.probes.misdirections += 1
                self.members[index].disk.damage(records: 2)
            } else {
                self.probes.damages += 1
                self.members[index].disk.damage(records: 1)
            }
        }
    }

    mutating func crash(_ index: Int) {
        self.probes.crashes += 1
        self.members[index].crash()
        self.forgetWaiting(on: index)
    }

    /// Whether every committed op and its blobs are on another disk too: what was lost before and is not replaced yet
    /// leaves one copy, and to lose that as well is beyond what is promised.
    func isSpare(_ index: Int) -> Bool {
        for committed in self.checker.canonical {
            let isHeld = self.members.contains { other in
                other.index != index && !other.isLost
                    && other.disk.index.version(at: committed.entry.header.op, hash: committed.hash) != nil
                    && committed.blobs.allSatisfy { other.disk.holds($0) || !self.checker.isRetained($0) }
            }
            if !isHeld { return false }
        }
        return true
    }

    private mutating func cutSomething() {
        self.probes.cuts += 1
        let until = self.now + UInt64(self.faults.within(5...800))
        let seat = self.faults.below(3)
        let next = self.faults.within(1...2)
        let book = self.membership.members.map { SimulatedMember.index(of: $0.datacenter) }
        let (member, other, third) = (book[seat], book[(seat + next) % 3], book[(seat + 3 - next) % 3])
        switch self.faults.below(4) {
        case 0: self.network.cut(from: member, to: other, until: until)
        case 1:
            self.network.cut(from: member, to: other, until: until)
            self.network.cut(from: other, to: member, until: until)
        case 2:
            // It can speak and not hear, or hear and not speak.
            let isDeaf = self.faults.chance(percent: 50)
            for peer in [other, third] {
                self.network.cut(from: isDeaf ? peer : member, to: isDeaf ? member : peer, until: until)
            }
        default:
            for peer in [other, third] {
                self.network.cut(from: member, to: peer, until: until)
                self.network.cut(from: peer, to: member, until: until)
            }
        }
    }

    /// Whether that kind of event means anything now.
    private func isPossible(_ kind: FaultEvent.Kind) -> Bool {
        guard kind == .strand else { return true }
        let epoch = self.membership.epoch
        guard self.membership.votersCount == 1, let voter = self.members[0].replica, voter.epoch > epoch else {
            return false
        }
        return self.members[1...2].allSatisfy { $0.disk.logStalledUntil <= self.now && $0.replica?.epoch == epoch }
    }

    /// The only voter hears nobody any more, and the logs of the others are stuck: they learn that three vote, and make
    /// a view of their own that has forgotten it.
    private mutating func strandVoter() {
        self.probes.strandedVoters += 1
        for index in 1...2 {
            let until = self.now + UInt64(self.faults.within(500...900))
            self.members[index].disk.logStalledUntil = until
            self.network.cut(from: index, to: 0, until: until)
        }
    }

    /// A blob that a member acknowledged cannot be read any more.
    private mutating func rotSomething(amongNewest count: UInt64 = 70) {
        let index = self.somebody()
        guard let replica = self.members[index].replica, replica.stored > .genesis else { return }
        let low = replica.stored.number - min(replica.stored.number - 1, count - 1)
        let op = Op(UInt64(self.faults.within(Int(low)...Int(replica.stored.number))))
        self.rot(op, on: index, from: Op(low))
    }

    /// The same for a committed op that only one member which is up has whole, now that `crashed` is down: what it
    /// votes is all that keeps the op from being dropped. False when there is no such op.
    private mutating func rotLastCopy(without crashed: Int) -> Bool {
        for committed in self.checker.canonical.suffix(Self.newestCount).reversed() {
            let op = committed.entry.header.op
            let whole = self.members.indices.filter {
                $0 != crashed && self.members[$0].replica != nil && !self.members[$0].isLost
                    && self.members[$0].disk.holds(op, committed.hash) && self.members[$0].disk.isWhole(op)
            }
            if whole.count == 1, !committed.blobs.isEmpty { return self.rot(op, on: whole[0], from: op) }
        }
        return false
    }

    /// Has a blob of `op` rot on `index`, unless something is lost elsewhere or nobody else has it. Of the entries from
    /// `low` on, all are told so that name it. Says whether it came to that.
    @discardableResult
    private mutating func rot(_ op: Op, on index: Int, from low: Op) -> Bool {
        guard self.disturbed == nil || self.disturbed == index, self.isSettled,
            let replica = self.members[index].replica,
            let blob = self.members[index].disk.names(at: op)?.first, self.members[index].disk.holds(blob),
            self.members.contains(where: { $0.index != index && !$0.isLost && $0.disk.holds(blob) })
        else { return false }
        self.probes.rots += 1
        self.disturbed = index
        self.members[index].disk.rot(blob)
        // A set that was ordered again after a view change names the same blobs.
        for number in low.number...replica.stored.number {
            guard let names = self.members[index].disk.names(at: Op(number)), names.contains(blob),
                let entry = self.members[index].disk.entry(at: Op(number))
            else { continue }
            let hash = entry.header.hash(QuickHash.self)
            self.step(index, .rotted(Message.Acknowledgement(op: entry.header.op, entry: hash)))
            self.queueJob(entry, on: index)
        }
        // What is on its way to the disk had all blobs when it set out. The old op may not need its own any more, and
        // nobody else would get it back for the new one.
        for number in replica.stored.number..<replica.head.number {
            guard let entry = self.members[index].accepted[number + 1], entry.blobs.contains(blob) else { continue }
            self.queueJob(entry, on: index)
        }
        return true
    }
}
