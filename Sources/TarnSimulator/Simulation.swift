internal import TarnConsensus
internal import TarnCore
internal import TarnMerkle

/// A whole cluster in one thread, driven by one seed: real replicas, log index, client table and namespace on a virtual
/// clock, network and disks.
package struct Simulation: Sendable {
    let plan: SimulationPlan
    /// The time, in steps: ticks of 10 ms, or the parts of them that the plan wants.
    package private(set) var now: UInt64 = 0
    var members: [SimulatedMember] = []
    var network: SimulatedNetwork
    var checker: ClusterChecker
    var clients: [SimulatedClient] = []
    package internal(set) var probes = Probes()
    /// Folds everything that happened, to compare two runs.
    package private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    var faults: SeededRandom
    var workload: SeededRandom
    /// What clients wrote, some of it.
    var contents: [Digest] = []
    /// What went wrong so far, in order.
    var events: [FaultEvent] = []
    var isHealed = false
    var healedAt: UInt64 = 0
    var healedCount = 0
    /// The newest op that a client was told to be committed.
    var acknowledgedHead = Op.genesis
    /// Which change of the membership is under way.
    var reconfiguring: SimulatedReconfiguration?
    /// The newest membership that anybody committed.
    var membership: Membership
    /// The member whose disk lost something that it has not got back yet: never two at a time.
    var disturbed: Int?
    let genesis: LogEntry
    private var outputs: [Replica.Output] = []

    package init(plan: SimulationPlan) {
        var random = SeededRandom(seed: plan.seed)
        self.plan = plan
        self.network = SimulatedNetwork(random: random.fork(), faults: plan.network)
        self.faults = random.fork()
        self.workload = random.fork()
        let start = Self.start()
        self.genesis = start.entry
        let line = StateLine(namespace: start.namespace, header: start.entry.header)
        let quorum = Quorum(memberCount: 3, policy: plan.policy)
        let membership = Self.membership(isGrowing: plan.growsFromOne)
        self.membership = membership
        self.checker = ClusterChecker(genesisHash: line.hash, quorum: quorum, membership: membership)
        for index in 0..<3 {
            let disk = SimulatedDisk(
                random: random.fork(),
                pace: plan.diskPace,
                isNew: plan.growsFromOne ? index > 0 : plan.startsNew,
                genesis: start.entry
            )
            var member = SimulatedMember(index: index, membership: membership, disk: disk, line: line)
            member.stepsPerTick = plan.stepsPerTick
            member.mutant = plan.mutant
            if plan.isDrifting { member.tickRate = UInt64(self.faults.within(970...1_030)) }
            self.members.append(member)
        }
        for index in 0..<plan.clientsCount { self.clients.append(SimulatedClient(index: index)) }
        for index in 0..<3 { self.restart(index) }
    }

    /// What went wrong, if anything did.
    package var violation: String? { self.checker.violation }
    /// Ops committed by anybody.
    package var committedCount: Int { self.checker.canonical.count }

    package mutating func tick() {
        self.now += 1
        for index in self.members.indices {
            self.members[index].disk.clock = self.members[index].storeClock(at: self.now)
        }
        if !self.isHealed { self.injectFaults() }
        for packet in self.network.arrive(now: self.now) { self.deliver(packet) }
        self.runReconfiguration()
        for index in self.members.indices where self.members[index].isRunning(at: self.now) {
            self.completeWrites(of: index)
            if self.members[index].isTicking(at: self.now) { self.step(index, .tick) }
            self.work(index)
            self.continueCollection(index)
            let steps = self.plan.stepsPerTick
            if (self.now + UInt64(index) * 8 * steps) % (25 * steps) == 0 { self.gossip(from: index) }
        }
        self.runClients()
    }

    mutating func fold(_ value: UInt64) {
        self.digest = (self.digest ^ value ^ self.now << 32) &* 0x100_0000_01b3
    }

    // MARK: Members

    mutating func restart(_ index: Int) {
        let recovered = self.members[index].disk.recover()
        let isIntact = recovered.isTrusted
        if !isIntact { self.disturbed = index }
        self.members[index].startsCount += 1
        let own = Quorum(memberCount: 3, policy: self.plan.policy)
        let mutant = self.plan.mutant
        let configuration = ReplicaConfiguration(
            memberCount: 3,
            own: self.members[index].seat,
            quorum: mutant == .commitsWithOneCopy ? Quorum(required: .empty, count: 1) : own,
            session: self.members[index].startsCount,
            denials: mutant == .dropsOnOneDenial ? 1 : 2,
            seating: self.seating(of: index, through: recovered.committed.op),
            flaws: mutant?.flaws ?? []
        )
        do throws(RecoveryError) {
            let replica = try Replica(configuration: configuration, recovered: recovered, hash: QuickHash.self)
            self.checker.onRestart(of: self.members[index], recovered: recovered, isIntact: isIntact)
            self.replay(recovered, on: index)
            self.members[index].replica = replica
            self.members[index].restartAt = .max
            self.step(index, .start)
        } catch {
            self.checker.fail("member \(index) does not start: \(error)")
        }
    }

    /// Brings namespace and client table to the committed op, as a starting node does from checkpoint and log.
    private mutating func replay(_ recovered: RecoveredLog, on index: Int) {
        let start = Self.start()
        self.members[index].line = StateLine(namespace: start.namespace, header: start.entry.header)
        self.members[index].clients = ClientTable()
        self.members[index].floor = .none
        self.members[index].retained = RetainedStates()
        var incomplete: [LogEntry] = []
        for entry in self.members[index].entries(after: .genesis, through: recovered.committed.op) {
            if let flaw = self.members[index].line.commit(entry) { return self.checker.fail("I8: \(flaw)") }
            self.members[index].clients.note(entry.header)
            self.members[index].noteFloor(entry)
            if !self.members[index].disk.isWhole(entry.header.op) { incomplete.append(entry) }
        }
        // What is committed and lacks blobs is completed, whatever became of the work on it before.
        for entry in incomplete where !self.members[index].isComplete(entry) { self.queueJob(entry, on: index) }
        for suffix in recovered.suffix {
            self.members[index].accepted[suffix.entry.header.op.number] = suffix.entry
            self.members[index].requestsInFlight[suffix.entry.header.request] = suffix.entry.header.op
            guard suffix.isAcknowledged else { continue }
            // It was written down before the crash, though nobody heard of it.
            if self.members[index].disk.isWhole(suffix.entry.header.op) {
                let hash = suffix.entry.header.hash(QuickHash.self)
                let entry = Message.Acknowledgement(op: suffix.entry.header.op, entry: hash)
                self.checker.onAcknowledge(entry, by: self.members[index])
            } else {
                self.queueJob(suffix.entry, on: index)
            }
        }
    }

    mutating func step(_ index: Int, _ input: Replica.Input) {
        guard self.violation == nil, self.members[index].replica != nil else { return }
        var outputs: [Replica.Output] = []
        swap(&outputs, &self.outputs)
        outputs.removeAll(keepingCapacity: true)
        let tick = self.members[index].tick(at: self.now)
        self.members[index].replica?.step(input, now: tick, out: &outputs)
        for output in outputs where self.violation == nil { self.perform(output, index) }
        swap(&outputs, &self.outputs)
        guard self.violation == nil, let replica = self.members[index].replica else { return }
        self.checker.onStep(of: index, replica, pendingWrites: self.members[index].disk.pendingCount)
    }

    private mutating func completeWrites(of index: Int) {
        for completion in self.members[index].disk.complete(now: self.now) {
            switch completion {
            case .nothing: break
            case .stored(let entry): self.step(index, .stored(through: entry))
            case .durable(let entries):
                for entry in entries { self.onDurable(entry, on: index) }
            case .installed(let view): self.step(index, .installed(view: view))
            case .viewPersisted(let view): self.step(index, .viewPersisted(view))
            case .reconfigured(let op): self.adoptReconfiguration(at: op, index)
            case .staged(let client): self.submitStaged(client: client, on: index)
            }
        }
    }

    private mutating func onDurable(_ entry: Message.Acknowledgement, on index: Int) {
        // What is not of this log any more is nobody's business.
        guard self.members[index].disk.holds(entry.op, entry.entry),
            let held = self.members[index].disk.entry(at: entry.op)
        else { return }
        let missing = self.members[index].missingBlobs(of: held)
        guard missing.isEmpty else {
            let isRot = missing.contains { self.members[index].disk.rotted.contains($0) }
            if self.disturbed != index, !isRot, entry.op >= self.members[index].floor.floor {
                self.checker.fail("I11: member \(index) has acknowledged op \(entry.op), and its blobs are gone")
            }
            return self.queueJob(held, on: index)
        }
        self.checker.onAcknowledge(entry, by: self.members[index])
        self.step(index, .durable([entry]))
    }

    private mutating func gossip(from index: Int) {
        guard let own = self.members[index].head() else { return }
        let (seat, book) = (self.members[index].seat, self.members[index].book)
        self.members[index].knownHeads[seat] = own
        var heads = [(member: index, head: own)]
        for other in 0..<3 where other != seat {
            if let head = self.members[index].knownHeads[other] { heads.append((member: book[other], head: head)) }
        }
        let parcel = Parcel.heads(heads, self.members[index].membership)
        for other in 0..<3 where other != seat { self.send(parcel, from: index, to: other) }
    }

    /// Sends to whoever sits in `seat`, as far as the sender knows.
    mutating func send(_ parcel: Parcel, from: Int, to seat: Int) {
        let to = self.members[from].book[seat]
        let epoch = self.members[from].replica?.announcedEpoch ?? 0
        self.network.send(SimulatedNetwork.Packet(from: from, to: to, epoch: epoch, parcel: parcel), now: self.now)
    }

    // MARK: Op 0

    static func start() -> (entry: LogEntry, namespace: Namespace<QuickHash>) {
        let namespace = Namespace<QuickHash>(
            tree: MerkleTree(boundaryKey: [UInt8](repeating: 7, count: 16), sorted: self.roots())
        )
        let header = LogHeader(
            op: .genesis,
            view: View(0),
            kind: .genesis,
            configurationEpoch: 0,
            timestampMicroseconds: 1,
            author: "",
            request: SimulatedClient.request("genesis", 0),
            parent: .zero,
            root: namespace.tree.root,
            body: .zero,
            bodyBytesCount: 0,
            closureCount: 0,
            closureBytesCount: 0
        )
        return (LogEntry(header: header, body: []), namespace)
    }

    private static func roots() -> [(NamespacePath, Entry)] {
        NamespacePath.roots.map { ($0, Entry.directory()) }
    }
}
