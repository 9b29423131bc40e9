internal import TarnConsensus
internal import TarnCore
internal import TarnSegment

/// What must hold in every cluster at every moment; remembers the first thing that did not.
struct ClusterChecker: Sendable {
    /// An op that some member committed.
    struct Committed: Sendable {
        let entry: LogEntry
        let hash: Digest
        let blobs: [BlobAddress]
        /// The view whose log the first member that committed it had.
        let logView: View
    }

    private(set) var violation: String?
    /// What refers to each blob, and what each member has to keep of it.
    var references = BlobReferences()
    /// Every committed op; op 1 comes first.
    private(set) var canonical: [Committed] = []
    private var commits = [Op](repeating: .genesis, count: SimulatedNetwork.membersMax)
    /// What each member ever acknowledged, by op: the newest entry.
    private var acknowledged = [[UInt64: Digest]](repeating: [:], count: SimulatedNetwork.membersMax)
    /// What was durable at how many members when it was acknowledged, by entry.
    private var witnesses: [Digest: MemberSet] = [:]
    private var views = [View](repeating: View(0), count: SimulatedNetwork.membersMax)
    private var leaders: [UInt64: Int] = [:]
    /// The entry that was sent as each op of each view.
    private var sent: [UInt64: [UInt64: Digest]] = [:]
    /// The op that each request became.
    private var ops: [RequestID: Op] = [:]
    private let genesisHash: Digest
    private let quorum: Quorum
    /// The newest membership that is committed.
    private(set) var membership: Membership
    /// Whether the observer may lead, or could once: who was allowed to and goes on does no harm.
    private var wasObserverElectable = false

    init(genesisHash: Digest, quorum: Quorum, membership: Membership) {
        self.genesisHash = genesisHash
        self.quorum = quorum
        self.membership = membership
    }

    var head: Op { Op(UInt64(self.canonical.count)) }

    mutating func fail(_ message: String) {
        if self.violation == nil { self.violation = message }
    }

    /// What stands at `op`, if it is committed.
    subscript(op: Op) -> Committed? {
        op > .genesis && op <= self.head ? self.canonical[Int(op.number) - 1] : nil
    }

    /// The newest op that `member` has committed.
    func commit(of member: Int) -> Op { self.commits[member] }

    func op(of request: RequestID) -> Op? { self.ops[request] }

    // MARK: Events

    /// I1, I2, I5, I10: a member commits `entry`.
    mutating func onCommit(_ entry: LogEntry, by owner: SimulatedMember) {
        let op = entry.header.op
        let member = owner.index
        guard op == self.commits[member].next else {
            return self.fail("I5: member \(member) commits \(op) after \(self.commits[member])")
        }
        self.commits[member] = op
        self.references.onCommit(entry, by: member)
        let hash = entry.header.hash(QuickHash.self)
        if owner.disk.index.version(at: op, hash: hash) == nil {
            self.fail("I2: member \(member) commits op \(op) and does not hold it")
        }
        if let known = self[op] {
            if known.hash != hash { self.fail("I1: member \(member) commits another op \(op)") }
            return
        }
        let parent = self.canonical.last?.hash ?? self.genesisHash
        if entry.header.parent != parent { self.fail("I1: op \(op), committed by member \(member), breaks the chain") }
        let holders = self.witnesses[hash] ?? .empty
        let change = entry.header.kind == .reconfigure ? (try? Reconfiguration(decoding: entry.body)) : nil
        if !self.isEnough(holders, for: change) {
            self.fail("I2: member \(member) commits op \(op) while only \(holders) held it")
        }
        if let change { self.membership = change.membership }
        var blobs: [BlobAddress] = []
        if entry.header.kind == .changeSet {
            if let earlier = self.ops.updateValue(op, forKey: entry.header.request) {
                self.fail("I10: request \(entry.header.request) is op \(earlier) and op \(op)")
            }
            blobs = entry.blobs
        }
        if self.membership.isObserverElectable { self.wasObserverElectable = true }
        self.canonical.append(Committed(entry: entry, hash: hash, blobs: blobs, logView: owner.disk.logView))
        self.references.append(entry)
    }

    /// I2, I14: whether the copies at `holders`, by index, commit an entry, or the `change` of the membership that it
    /// is. Whoever has no seat, or does not vote, is nobody.
    private func isEnough(_ holders: MemberSet, for change: Reconfiguration?) -> Bool {
        var before = MemberSet(holders.members.compactMap { self.seat(of: $0, in: self.membership) })
        let isAlone = self.membership.votersCount == 1
        if isAlone { before = before.contains(0) ? MemberSet([0]) : .empty }
        let old = isAlone ? Quorum(required: MemberSet([0]), count: 1) : self.quorum
        guard let change else { return old.isSatisfied(by: before) }
        let stays = holders.members.filter { self.seat(of: $0, in: self.membership) != nil }
        let after = MemberSet(stays.compactMap { self.seat(of: $0, in: change.membership) })
        return old.isSatisfied(by: before) && self.quorum.isSatisfied(by: after)
    }

    private func seat(of index: Int, in membership: Membership) -> Int? {
        membership.seat(of: SimulatedMember.datacenter(index))
    }

    private func mayLead(_ seat: Int) -> Bool { seat < 2 || self.wasObserverElectable }

    /// I2, I4: what a member acknowledges is on its disk with all blobs that it names. `isOwn` when a primary counts
    /// what it holds itself.
    mutating func onAcknowledge(_ acknowledgement: Message.Acknowledgement, by member: SimulatedMember) {
        let op = acknowledgement.op
        guard member.disk.holds(op, acknowledgement.entry), let blobs = member.disk.names(at: op) else {
            return self.fail("I2: member \(member.index) acknowledges op \(op) and does not hold it")
        }
        let isFirst = self.witnesses[acknowledgement.entry]?.contains(member.index) != true
        let floor = self.references.floor(of: member.index)
        if isFirst,
            blobs.contains(where: { blob in
                !member.disk.holds(blob) && (op > floor.floor || self.references.isKept(blob, by: floor) { $0 == op })
            })
        {
            return self.fail("I2: member \(member.index) acknowledges op \(op) without its blobs")
        }
        self.acknowledged[member.index][op.number] = acknowledgement.entry
        self.witnesses[acknowledgement.entry, default: .empty].insert(member.index)
    }

    /// An entry leaves a primary. I6: one primary for a view, never the observer, and one entry for each of its ops,
    /// however often it crashed; where one member alone commits, nobody else would know, so it must hold what it sends.
    mutating func onPrepare(_ entry: LogEntry, view: View, by member: SimulatedMember) {
        let hash = entry.header.hash(QuickHash.self)
        let op = entry.header.op
        if self.membership.votersCount == 1, member.disk.index.version(at: op)?.hash != hash {
            self.fail("I2: member \(member.index) sends op \(op) and does not hold it")
        }
        let known = self.sent[view.number, default: [:]].updateValue(hash, forKey: op.number)
        if let known, known != hash { self.fail("I6: two entries are op \(op) of view \(view)") }
        let leader = self.leaders[view.number] ?? member.index
        if leader != member.index || !self.mayLead(member.seat) {
            self.fail("I6: members \(leader) and \(member.index) lead view \(view)")
        }
        self.leaders[view.number] = leader
    }

    /// I7: whoever begins to lead has every op that is committed.
    mutating func onLead(_ view: View, by replica: Replica, _ member: SimulatedMember) {
        if !self.mayLead(member.seat) { self.fail("I6: the observer leads view \(view)") }
        guard view >= (self.views.max() ?? view), let last = self.canonical.last else { return }
        let isHeld = member.disk.index.version(at: self.head)?.hash == last.hash
        if replica.head < self.head || !isHeld {
            self.fail("I7: member \(member.index) begins view \(view) without committed op \(self.head)")
        }
    }

    /// I4, I5: what a member finds on its disk after a restart that its disk survived.
    mutating func onRestart(of member: SimulatedMember, recovered: RecoveredLog, isIntact: Bool) {
        let index = member.index
        self.commits[index] = recovered.committed.op
        self.references.onRestart(of: index, through: recovered.committed.op)
        guard isIntact else {
            self.acknowledged[index] = [:]
            self.views[index] = recovered.view
            return
        }
        if recovered.view < self.views[index] {
            self.fail("I5: member \(index) comes back in view \(recovered.view) after \(self.views[index])")
        }
        for position in self.canonical.indices {
            let op = Op(UInt64(position) + 1)
            guard self.acknowledged[index][op.number] == self.canonical[position].hash else { continue }
            let version = member.disk.index.version(at: op, hash: self.canonical[position].hash)
            // A view that came to nothing may have put aside what a later one committed after all.
            let isAside = version?.isAcknowledged == true && member.disk.logView < self.canonical[position].logView
            if !isAside, !member.disk.holds(op, self.canonical[position].hash) {
                self.fail("I4: member \(index) has forgotten op \(op) that it acknowledged")
            }
        }
    }

    /// The view that a member's words may depend on.
    mutating func onVote(_ view: View, by member: SimulatedMember) {
        // The record that names the view of the log binds as well as the superblock: recovery takes the newer of both.
        if max(member.disk.superblock.view, member.disk.index.summary.logView) < view {
            self.fail("I5: member \(member.index) votes before view \(view) is durable")
        }
        self.views[member.index] = max(self.views[member.index], view)
    }

    /// I15: after every step nothing has grown without limit.
    mutating func onStep(of member: Int, _ replica: Replica, pendingWrites: Int) {
        let unstored = Int(replica.head.number - replica.stored.number)
        let uncommitted = Int(replica.stored.number - replica.commit.number)
        if unstored > Limits.acceptedEntriesMax || pendingWrites > Limits.acceptedEntriesMax + 512
            || uncommitted > Limits.pipelineSetsMax
        {
            self.fail("I15: queues of member \(member) are over their limits: \(replica)")
        }
    }

    /// Whether some state names `blob` that the newest committed floor keeps.
    func isRetained(_ blob: BlobAddress) -> Bool {
        self.references.isKept(blob, by: self.references.newestFloor) { _ in true }
    }

    /// I3: every blob of every committed op that is retained is on some disk that is not lost.
    mutating func checkBlobs(_ members: [SimulatedMember]) {
        for committed in self.canonical {
            for blob in committed.blobs
            where self.isRetained(blob) && !members.contains(where: { !$0.isLost && $0.disk.holds(blob) }) {
                return self.fail("I3: a blob of committed op \(committed.entry.header.op) is lost")
            }
        }
    }

    /// I3, for entries: every committed op is on some disk that is not lost.
    mutating func checkEntries(_ members: [SimulatedMember]) {
        for committed in self.canonical {
            let op = committed.entry.header.op
            let isHeld = members.contains { member in
                !member.isLost && member.disk.index.version(at: op, hash: committed.hash) != nil
            }
            if !isHeld { return self.fail("I3: committed op \(op) is lost") }
        }
    }

    /// I2, for a cluster that has become one of three: what one member committed alone has the copies of a quorum now.
    mutating func checkCopies(_ members: [SimulatedMember]) {
        for committed in self.canonical {
            let op = committed.entry.header.op
            let copies = members.count { member in
                !member.isLost && member.disk.index.version(at: op, hash: committed.hash) != nil
                    && committed.blobs.allSatisfy { member.disk.holds($0) || !self.isRetained($0) }
            }
            if copies < 2 { return self.fail("I2: the cluster has grown and committed op \(op) has \(copies) copies") }
        }
    }
}
