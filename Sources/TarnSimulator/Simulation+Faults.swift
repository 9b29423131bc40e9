internal import TarnConsensus
internal import TarnCore
internal import TarnSegment

/// What goes wrong.
extension Simulation {
    mutating func injectFaults() {
        for index in self.members.indices where self.members[index].restartAt <= self.now { self.restart(index) }
        for kind in FaultEvent.Kind.allCases where self.plan.permyriad(of: kind) > 0 {
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
        }
    }

    /// Whoever sits in a seat drawn at random.
    private mutating func somebody() -> Int {
        let seat = self.faults.below(3)
        return SimulatedMember.index(of: self.membership.members[seat].datacenter)
    }

    private mutating func crashSomebody() {
        let index = self.somebody()
        let downTicks = self.faults.chance(percent: 30) ? 800 : 60
        let restartAt = self.now + UInt64(self.faults.within(1...downTicks))
        let isWiped = self.faults.chance(percent: self.plan.wipePercent)
        let isDamaged = self.faults.chance(percent: self.plan.damagePercent)
        guard self.members[index].replica != nil, !self.members[index].isLost else { return }
        self.crash(index)
        self.members[index].restartAt = restartAt
        // What rots while a view change is under way is the hardest to tell from what never was.
        if self.plan.rotPermyriad > 0, self.faults.chance(percent: 50) { self.rotSomething(amongNewest: 2) }
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

    /// A blob that a member acknowledged cannot be read any more.
    private mutating func rotSomething(amongNewest count: UInt64 = 70) {
        let index = self.somebody()
        guard self.disturbed == nil || self.disturbed == index, self.isSettled,
            let replica = self.members[index].replica,
            replica.stored > .genesis
        else { return }
        let low = replica.stored.number - min(replica.stored.number - 1, count - 1)
        let op = Op(UInt64(self.faults.within(Int(low)...Int(replica.stored.number))))
        guard let blob = self.members[index].disk.names(at: op)?.first, self.members[index].disk.holds(blob),
            self.members.contains(where: { $0.index != index && !$0.isLost && $0.disk.holds(blob) })
        else { return }
        self.probes.rots += 1
        self.disturbed = index
        self.members[index].disk.rot(blob)
        // A set that was ordered again after a view change names the same blobs.
        for number in low...replica.stored.number {
            guard let names = self.members[index].disk.names(at: Op(number)), names.contains(blob),
                let entry = self.members[index].disk.entry(at: Op(number))
            else { continue }
            let hash = entry.header.hash(QuickHash.self)
            self.step(index, .rotted(Message.Acknowledgement(op: entry.header.op, entry: hash)))
            self.queueJob(entry, on: index)
        }
    }
}
