import TarnCore
import TarnTestKit

@testable import TarnConsensus

/// A whole cluster in one thread, driven by one seed.
struct ClusterSimulation {
    struct Options {
        var policy = Genesis.Policy.any2
        var network = SimulatedNetwork.Faults()
        /// Chances in 1,000 that each tick brings a crash, or a cut.
        var crashPermille = 0
        var cutPermille = 0
        var slowDiskPercent = 0
        /// Prepares of another history, with another parent, that arrive in place of the true ones, in 1,000.
        var foreignPermille = 0
        /// Chance that a tick brings new sets, and how many at most.
        var submitPercent = 0
        var submitBurst = 1
        var mutant: Mutant?
    }

    /// How often the rarer paths were taken: a simulation that never takes them checks nothing there.
    struct Probes {
        var restarts = 0
        var repairsFromPrimary = 0
        var repairsFromBackup = 0
        var bulkRequests = 0
        var resends = 0

        static func += (left: inout Probes, right: Probes) {
            left.restarts += right.restarts
            left.repairsFromPrimary += right.repairsFromPrimary
            left.repairsFromBackup += right.repairsFromBackup
            left.bulkRequests += right.bulkRequests
            left.resends += right.resends
        }
    }

    let options: Options
    private(set) var probes = Probes()
    private(set) var now: UInt64 = 0
    private(set) var replicas: [Replica?] = [nil, nil, nil]
    private(set) var disks: [SimulatedDisk]
    private(set) var checker: ClusterChecker
    private(set) var network: SimulatedNetwork
    /// Entries that were sent in answer to requests, and how many requests went out.
    private(set) var fetchedEntriesCount = 0
    private(set) var requestsCount = 0
    /// Folds everything that happened, to compare two runs.
    private(set) var trace: UInt64 = 0xcbf2_9ce4_8422_2325
    private var isHealed = false
    private var restartAt: [UInt64] = [0, 0, 0]
    private var knownHeads: [[Heads.Head?]] = Array(repeating: [nil, nil, nil], count: 3)
    private var workload: SplitMix64
    private var faults: SplitMix64

    init(seed: UInt64, options: Options) {
        var random = SplitMix64(seed: seed)
        self.options = options
        self.network = SimulatedNetwork(random: random.fork(), faults: options.network)
        self.workload = random.fork()
        self.faults = random.fork()
        var disks: [SimulatedDisk] = []
        for _ in 0..<3 { disks.append(SimulatedDisk(random: random.fork(), slowPercent: options.slowDiskPercent)) }
        self.disks = disks
        self.checker = ClusterChecker(memberCount: 3, quorum: Quorum(memberCount: 3, policy: options.policy))
        for member in 0..<3 { self.restart(member) }
    }

    var violation: String? { self.checker.violation }

    mutating func run(ticks: Int) {
        for _ in 0..<ticks where self.violation == nil { self.tick() }
    }

    /// Runs until `condition` holds, and says whether it came to that within `ticks`.
    mutating func run(atMost ticks: Int, until condition: (ClusterSimulation) -> Bool) -> Bool {
        for _ in 0..<ticks {
            if self.violation != nil { return false }
            if condition(self) { return true }
            self.tick()
        }
        return condition(self)
    }

    mutating func tick() {
        self.now += 1
        if !self.isHealed { self.injectFaults() }
        for packet in self.network.arrive(now: self.now) { self.deliver(packet) }
        for member in 0..<3 where self.replicas[member] != nil {
            self.completeWrites(of: member)
            self.step(member, .tick)
            if (self.now + UInt64(member) * 8) % 25 == 0 { self.gossip(from: member) }
        }
        if !self.isHealed, self.workload.chance(percent: self.options.submitPercent) {
            self.submit(count: self.workload.within(1...self.options.submitBurst))
        }
    }

    /// Orders up to `count` new sets, as many as the primary takes.
    @discardableResult
    mutating func submit(count: Int) -> Int {
        for index in 0..<count {
            guard let primary = self.replicas[0], primary.canSubmit == .ready else { return index }
            let parent = LogHeader(standingFor: primary)
            let body = self.workload.bytes(self.workload.below(32))
            let entry = TestLog.entry(
                after: parent,
                parentHash: primary.headHash,
                body: body,
                root: self.workload.digest()
            )
            self.step(0, .submit(entry))
        }
        return count
    }

    mutating func crash(_ member: Int, restartAt: UInt64 = .max) {
        self.replicas[member] = nil
        self.disks[member].crash()
        if self.options.mutant == .restartsEmpty, member != 0 { self.disks[member].erase() }
        self.restartAt[member] = restartAt
    }

    mutating func restart(_ member: Int) {
        if self.now > 0 { self.probes.restarts += 1 }
        let own = Quorum(memberCount: 3, policy: self.options.policy)
        let quorum = self.options.mutant == .commitsWithOneCopy ? Quorum(required: .empty, count: 1) : own
        let configuration = ReplicaConfiguration(memberCount: 3, own: member, quorum: quorum)
        do {
            let recovered = self.disks[member].recover()
            self.checker.onRestart(of: member, disk: self.disks[member], commit: recovered.committed.op)
            self.replicas[member] = try Replica(
                configuration: configuration,
                recovered: recovered,
                hash: QuickHash.self
            )
            self.step(member, .start)
        } catch {
            self.checker.fail("member \(member) does not start: \(error)")
        }
    }

    /// Cuts `member` off from `others`, in both directions, until `tick`.
    mutating func isolate(_ member: Int, from others: [Int], until tick: UInt64 = .max) {
        for other in others {
            self.network.cut(from: member, to: other, until: tick)
            self.network.cut(from: other, to: member, until: tick)
        }
    }

    /// Ends all faults and the workload, and starts whoever is down.
    mutating func heal() {
        self.isHealed = true
        self.network.heal()
        for member in 0..<3 where self.replicas[member] == nil { self.restart(member) }
    }

    /// Whether all members have committed the same whole log.
    var isConverged: Bool {
        guard let head = self.replicas[0]?.head else { return false }
        return self.replicas.allSatisfy { $0?.head == head && $0?.commit == head }
    }
}

// Faults and deliveries.
extension ClusterSimulation {
    private mutating func injectFaults() {
        for member in 0..<3 where self.replicas[member] == nil && self.restartAt[member] <= self.now {
            self.restart(member)
        }
        if self.faults.below(1_000) < self.options.crashPermille {
            let member = self.faults.below(3)
            let downTicks = self.faults.chance(percent: 20) ? 600 : 60
            if self.replicas[member] != nil {
                self.crash(member, restartAt: self.now + UInt64(self.faults.within(1...downTicks)))
            }
        }
        if self.faults.below(1_000) < self.options.cutPermille {
            let until = self.now + UInt64(self.faults.within(5...400))
            let member = self.faults.below(3)
            let other = (member + self.faults.within(1...2)) % 3
            switch self.faults.below(3) {
            case 0: self.network.cut(from: member, to: other, until: until)
            case 1: self.isolate(member, from: [other], until: until)
            default: self.isolate(member, from: [0, 1, 2].filter { $0 != member }, until: until)
            }
        }
    }

    private mutating func deliver(_ packet: SimulatedNetwork.Packet) {
        guard self.replicas[packet.to] != nil else { return }
        switch packet.payload {
        case .message(let message):
            self.step(packet.to, .message(from: packet.from, self.distorted(message, for: packet.to)))
        case .heads(let heads):
            for (member, head) in heads where member != packet.to {
                self.knownHeads[packet.to][member] = head
                self.step(packet.to, .peerHead(member: member, head: head, isDirect: member == packet.from))
            }
        }
    }

    /// A Prepare of another history, if faults say so; to a member that does not look at parents its parent seems
    /// right.
    private mutating func distorted(_ message: Message, for member: Int) -> Message {
        guard case .prepare(let view, var entry, let commit) = message else { return message }
        if !self.isHealed, self.faults.below(1_000) < self.options.foreignPermille {
            let header = entry.header.replacing(parent: self.faults.digest(), root: self.faults.digest())
            entry = LogEntry(header: header, body: entry.body)
        }
        if self.options.mutant == .acceptsAnyParent, let replica = self.replicas[member],
            entry.header.op == replica.head.next
        {
            let header = entry.header.replacing(parent: replica.headHash, root: entry.header.root)
            entry = LogEntry(header: header, body: entry.body)
        }
        return .prepare(view: view, entry: entry, commit: commit)
    }

    private mutating func completeWrites(of member: Int) {
        let (stored, durable) = self.disks[member].complete(now: self.now)
        if let stored, durable.isEmpty || self.faults.chance(percent: 50) {
            self.step(member, .stored(through: stored))
        }
        if !durable.isEmpty { self.step(member, .durable(durable)) }
    }

    private mutating func gossip(from member: Int) {
        guard let replica = self.replicas[member] else { return }
        let own = ReplicaDriver.head(member, op: replica.stored.number, commit: replica.commit.number)
        self.knownHeads[member][member] = own
        var heads = [(member: member, head: own)]
        for other in 0..<3 where other != member {
            if let head = self.knownHeads[member][other] { heads.append((member: other, head: head)) }
        }
        for other in 0..<3 where other != member { self.send(.heads(heads), from: member, to: other) }
    }

    private mutating func send(_ payload: SimulatedNetwork.Payload, from: Int, to: Int) {
        self.network.send(SimulatedNetwork.Packet(from: from, to: to, payload: payload), now: self.now)
    }
}

// The shell of each replica.
extension ClusterSimulation {
    private mutating func step(_ member: Int, _ input: Replica.Input) {
        guard self.violation == nil else { return }
        var out: [Replica.Output] = []
        self.replicas[member]?.step(input, now: Tick(self.now), out: &out)
        for output in out where self.violation == nil { self.perform(output, member) }
        guard self.violation == nil, let replica = self.replicas[member] else { return }
        self.checker.onStep(of: member, replica, disk: self.disks[member])
    }

    private mutating func perform(_ output: Replica.Output, _ member: Int) {
        switch output {
        case .persist(let entry): self.persist(entry, member)
        case .send(let to, let message):
            self.fold(UInt64(to + 1))
            self.check(message, from: member)
            self.send(.message(message), from: member, to: to)
        case .commit(let through):
            self.fold(through.number)
            self.checker.onCommit(through, by: member, disks: self.disks)
            self.disks[member].note(commit: through)
        case .fetchEntries(let from, let after):
            self.requestsCount += 1
            self.probes.bulkRequests += 1
            self.send(.message(.getEntries(after: after)), from: member, to: from)
        case .sendEntries(let to, let view, let after, let through, let commit):
            guard through <= self.disks[member].head else {
                return self.checker.fail("member \(member) offers op \(through) and does not hold it")
            }
            let entries = Array(self.disks[member].entries[Int(after.number)..<Int(through.number)])
            self.fetchedEntriesCount += entries.count
            self.send(.message(.entries(view: view, entries: entries, commit: commit)), from: member, to: to)
        case .reject(let op, let rejection): self.checker.fail("op \(op) is rejected: \(rejection)")
        case .halt(let reason):
            if self.options.foreignPermille == 0 { self.checker.fail("member \(member) halts: \(reason)") }
        case .trace(let trace): self.probe(trace)
        }
    }

    private mutating func probe(_ trace: Replica.Trace) {
        switch trace {
        case .askedForEntries(from: 0, _): self.probes.repairsFromPrimary += 1
        case .askedForEntries: self.probes.repairsFromBackup += 1
        case .resent: self.probes.resends += 1
        case .otherView, .misdirected, .conflict, .unknownEntry, .dropped: break
        }
    }

    private mutating func persist(_ entry: LogEntry, _ member: Int) {
        self.fold(entry.header.op.number)
        if let wrong = self.disks[member].persist(entry, now: self.now) { self.checker.fail(wrong) }
        let acknowledgement = TestLog.acknowledgement(entry)
        switch self.options.mutant {
        case .acknowledgesBeforeDurable where member != 0, .preparesBeforeDurable where member == 0:
            self.step(member, .durable([acknowledgement]))
        case .storesTooEarly where member != 0: self.step(member, .stored(through: acknowledgement))
        default: break
        }
    }

    private mutating func check(_ message: Message, from member: Int) {
        switch message {
        case .prepareOk(_, let acknowledgements):
            self.checker.onAcknowledge(acknowledgements, by: member, disk: self.disks[member])
        case .prepare(_, let entry, _): self.checker.onPrepare(entry, by: member, disk: self.disks[member])
        case .getEntries: self.requestsCount += 1
        case .entries, .heartbeat: break
        }
    }

    private mutating func fold(_ value: UInt64) {
        self.trace = (self.trace ^ value ^ self.now << 32) &* 0x100_0000_01b3
    }
}

extension LogHeader {
    /// A header with the op and time of `replica`'s head: what the next entry is made after.
    fileprivate init(standingFor replica: Replica) {
        self.init(
            op: replica.head,
            view: replica.view,
            kind: .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: replica.headTimestampMicroseconds,
            author: "",
            request: TestLog.request("client", replica.head.number),
            parent: .zero,
            root: .zero,
            body: .zero,
            bodyBytesCount: 0,
            closureCount: 0,
            closureBytesCount: 0
        )
    }

    fileprivate func replacing(parent: Digest, root: Digest) -> LogHeader {
        LogHeader(
            op: self.op,
            view: self.view,
            kind: self.kind,
            configurationEpoch: self.configurationEpoch,
            timestampMicroseconds: self.timestampMicroseconds,
            author: self.author,
            request: self.request,
            parent: parent,
            root: root,
            body: self.body,
            bodyBytesCount: self.bodyBytesCount,
            closureCount: self.closureCount,
            closureBytesCount: self.closureBytesCount
        )
    }
}
