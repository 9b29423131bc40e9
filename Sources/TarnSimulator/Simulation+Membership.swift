internal import TarnConsensus
internal import TarnCore

/// How the membership changes: operators ask the primary, members take over what is committed.
extension Simulation {
    /// Between two attempts of the operators, in ticks.
    private static let retryTicks: UInt64 = 60

    static func membership(isGrowing: Bool) -> Membership {
        do throws(CoreError) {
            return try Membership(
                epoch: 0,
                lineage: 0,
                members: (0..<3).map { Self.member($0) },
                votersCount: isGrowing ? 1 : 3,
                isObserverElectable: false,
                retired: []
            )
        } catch {
            preconditionFailure("membership of the simulation: \(error)")
        }
    }

    private static func member(_ index: Int) -> Membership.Member {
        Membership.Member(
            datacenter: SimulatedMember.datacenter(index),
            publicKey: [UInt8](repeating: UInt8(index), count: 32),
            peer: "",
            api: ""
        )
    }

    /// Whether three vote and no change is under way.
    var isSettled: Bool { self.membership.votersCount == 3 && self.reconfiguring == nil }

    // MARK: Operators

    /// Somebody is replaced: gone with its disk, or still there and convinced of its seat.
    mutating func beginReplacement() {
        let seat = self.faults.below(3)
        let isGone = self.faults.chance(percent: 50)
        let old = SimulatedMember.index(of: self.membership.members[seat].datacenter)
        guard self.isSettled, self.disturbed == nil, self.members.count < SimulatedNetwork.membersMax,
            self.members[old].replica?.isPrimary != true, self.isSpare(old),
            self.members.allSatisfy({ $0.isLost || $0.disk.superblock.isTrusted })
        else { return }
        let index = self.members.count
        let newcomer = Self.member(index)
        let change = SimulatedReconfiguration(change: .replace(seat: seat, by: newcomer))
        guard let next = change.next(after: self.membership) else { return }
        self.disturbed = index
        self.reconfiguring = change
        if isGone {
            if self.members[old].replica != nil { self.crash(old) }
            self.members[old].restartAt = .max
            self.members[old].isLost = true
        }
        let disk = SimulatedDisk(
            random: self.faults.fork(),
            pace: self.plan.diskPace,
            isNew: true,
            genesis: self.genesis
        )
        let line = StateLine(namespace: Self.start().namespace, header: self.genesis.header)
        var member = SimulatedMember(index: index, membership: next.membership, disk: disk, line: line)
        member.mutant = self.plan.mutant
        self.members.append(member)
        self.restart(index)
    }

    mutating func beginElection() {
        guard self.isSettled else { return }
        self.reconfiguring = SimulatedReconfiguration(change: .elect(!self.membership.isObserverElectable))
    }

    /// Asks whoever leads, again and again.
    mutating func runReconfiguration() {
        if self.plan.growsFromOne, self.reconfiguring == nil, self.membership.votersCount == 1,
            self.now >= self.plan.growthTick || self.isHealed
        {
            self.reconfiguring = SimulatedReconfiguration(change: .grow)
        }
        guard let wanted = self.reconfiguring, self.now >= wanted.askedAt + Self.retryTicks else { return }
        guard let change = wanted.next(after: self.membership) else {
            self.reconfiguring = nil
            return
        }
        self.reconfiguring?.askedAt = self.now
        for index in self.members.indices
        where self.members[index].isRunning(at: self.now) && self.members[index].replica?.isPrimary == true {
            if case .replace(let seat) = change.change, seat == self.members[index].seat {
                // Whoever is to go must not lead.
                self.step(index, .switchover(to: 1 - min(seat, 1)))
            } else {
                self.step(index, .reconfigure(change))
            }
        }
    }

    // MARK: Members

    mutating func order(_ change: Reconfiguration, _ index: Int) {
        let request = SimulatedClient.request("epoch\(self.now)", change.membership.epoch)
        self.order(.reconfigure, body: change.encoded(), blobs: 0, request: request, on: index)
    }

    /// A member has committed a change of the membership.
    mutating func onReconfigured(at op: Op, _ index: Int) {
        guard let entry = self.members[index].disk.entry(at: op), let body = try? Reconfiguration(decoding: entry.body)
        else { return self.checker.fail("member \(index) commits a change of the membership that it cannot read") }
        self.fold(body.membership.epoch)
        // A newcomer is heard only when it is on disk that it may be: a crash must not make it a stranger again.
        self.members[index].disk.update(.reconfigured(op), now: self.now) { $0.commit = max($0.commit, op) }
        guard body.membership.epoch > self.membership.epoch else { return }
        switch body.change {
        case .grow:
            self.probes.growths += 1
            self.checker.checkCopies(self.members)
        case .replace(let seat):
            self.probes.replacements += 1
            self.members[SimulatedMember.index(of: self.membership.members[seat].datacenter)].isLost = true
        case .electObserver: self.probes.elections += 1
        case .recover: break
        }
        self.membership = body.membership
        self.reconfiguring = nil
    }

    mutating func adoptReconfiguration(at op: Op, _ index: Int) {
        guard let entry = self.members[index].disk.entry(at: op), let body = try? Reconfiguration(decoding: entry.body),
            body.membership.epoch > self.members[index].membership.epoch
        else { return }
        self.members[index].adopt(body.membership)
        if case .replace(let seat) = body.change { self.step(index, .seated(seat)) }
    }

    /// Who commits and elects by the committed part of a member's log; what it was told before it had a log counts
    /// until the log says something newer.
    mutating func seating(of index: Int, through op: Op) -> Seating {
        var newest = self.members[index].membership
        for entry in self.members[index].entries(after: .genesis, through: op) where entry.header.kind == .reconfigure {
            guard let body = try? Reconfiguration(decoding: entry.body), body.membership.epoch > newest.epoch else {
                continue
            }
            newest = body.membership
        }
        self.members[index].adopt(newest)
        return Seating(newest)
    }

    /// The seat from which `packet` comes, as far as its receiver is concerned; nil when it is not to be heard.
    mutating func seat(of packet: SimulatedNetwork.Packet) -> Int? {
        let to = packet.to
        // A member that may have forgotten everything, the membership too, listens to nobody who knows a newer one
        // before it knows that as well.
        if let replica = self.members[to].replica, !replica.isTrusted, packet.epoch > replica.announcedEpoch {
            guard case .heads(_, let membership) = packet.parcel, membership.epoch > replica.announcedEpoch else {
                return nil
            }
            self.members[to].crash()
            self.members[to].adopt(membership)
            self.restart(to)
            return nil
        }
        if let seat = self.members[to].seat(of: packet.from) { return seat }
        guard self.plan.mutant == .replacedMemberHeard else { return nil }
        return self.members[packet.from].seat
    }
}
