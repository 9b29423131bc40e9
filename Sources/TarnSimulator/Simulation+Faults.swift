internal import TarnConsensus
internal import TarnCore
internal import TarnSegment

/// What goes wrong.
extension Simulation {
    mutating func injectFaults() {
        for index in 0..<3 where self.members[index].restartAt <= self.now { self.restart(index) }
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
            self.members[self.faults.below(3)].pausedUntil = self.now + UInt64(self.faults.within(10...600))
        case .stall:
            self.probes.stalls += 1
            self.members[self.faults.below(3)].disk.stalledUntil = self.now + UInt64(self.faults.within(10...1_500))
        case .clock:
            self.probes.clockJumps += 1
            self.members[self.faults.below(3)].clockSkew = Int64(self.faults.within(-20_000_000...20_000_000))
        case .rot: self.rotSomething()
        case .switchover:
            for index in 0..<2 where self.members[index].replica?.isPrimary == true {
                self.probes.switchovers += 1
                self.step(index, .switchover(to: 1 - index))
            }
        }
    }

    private mutating func crashSomebody() {
        let index = self.faults.below(3)
        let downTicks = self.faults.chance(percent: 30) ? 800 : 60
        let restartAt = self.now + UInt64(self.faults.within(1...downTicks))
        let isWiped = self.faults.chance(percent: self.plan.wipePercent)
        let isDamaged = self.faults.chance(percent: self.plan.damagePercent)
        guard self.members[index].replica != nil else { return }
        self.crash(index)
        self.members[index].restartAt = restartAt
        // What rots while a view change is under way is the hardest to tell from what never was.
        if self.plan.rotPermyriad > 0, self.faults.chance(percent: 50) { self.rotSomething(amongNewest: 2) }
        // One disk at a time may lose what it held, and only when nothing hangs on it alone.
        guard self.disturbed == nil || self.disturbed == index, self.isSpare(index),
            self.members.allSatisfy({ $0.index == index || $0.disk.superblock.isTrusted })
        else { return }
        if isWiped {
            self.probes.wipes += 1
            self.disturbed = index
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
    private func isSpare(_ index: Int) -> Bool {
        for committed in self.checker.canonical {
            let isHeld = self.members.contains { other in
                other.index != index
                    && other.disk.index.version(at: committed.entry.header.op, hash: committed.hash) != nil
                    && committed.blobs.allSatisfy { other.disk.holds($0) }
            }
            if !isHeld { return false }
        }
        return true
    }

    private mutating func cutSomething() {
        self.probes.cuts += 1
        let until = self.now + UInt64(self.faults.within(5...800))
        let member = self.faults.below(3)
        let other = (member + self.faults.within(1...2)) % 3
        let third = 3 - member - other
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
        let index = self.faults.below(3)
        guard self.disturbed == nil || self.disturbed == index, let replica = self.members[index].replica,
            replica.stored > .genesis
        else { return }
        let low = replica.stored.number - min(replica.stored.number - 1, count - 1)
        let op = Op(UInt64(self.faults.within(Int(low)...Int(replica.stored.number))))
        guard let entry = self.members[index].disk.entry(at: op), let set = try? ChangeSet(decoding: entry.body),
            let blob = set.blobs.first, self.members[index].disk.holds(blob),
            self.members.contains(where: { $0.index != index && $0.disk.holds(blob) })
        else { return }
        self.probes.rots += 1
        self.disturbed = index
        self.members[index].disk.rot(blob)
        // A set that was ordered again after a view change names the same blobs.
        for number in low...replica.stored.number {
            guard let entry = self.members[index].disk.entry(at: Op(number)),
                let set = try? ChangeSet(decoding: entry.body), set.blobs.contains(blob)
            else { continue }
            let hash = entry.header.hash(QuickHash.self)
            self.step(index, .rotted(Message.Acknowledgement(op: entry.header.op, entry: hash)))
            self.queueJob(entry, on: index)
        }
    }
}
