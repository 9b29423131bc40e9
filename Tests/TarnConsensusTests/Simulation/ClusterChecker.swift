import TarnCore

@testable import TarnConsensus

/// What must hold in every cluster at every moment; remembers the first thing that did not.
struct ClusterChecker {
    private(set) var violation: String?
    /// The hash of every committed op; op 1 comes first.
    private(set) var canonical: [Digest] = []
    private var commits: [Op]
    private var heads: [Op]
    /// What each member ever acknowledged, by op.
    private var acknowledged: [[UInt64: Digest]]
    private let quorum: Quorum

    init(memberCount: Int, quorum: Quorum) {
        self.commits = Array(repeating: .genesis, count: memberCount)
        self.heads = self.commits
        self.acknowledged = Array(repeating: [:], count: memberCount)
        self.quorum = quorum
    }

    mutating func fail(_ message: String) {
        if self.violation == nil { self.violation = message }
    }

    /// A member reports commits up to `op`: they must be on its disk, the same everywhere, chained, and held by a
    /// quorum.
    mutating func onCommit(_ op: Op, by member: Int, disks: [SimulatedDisk]) {
        guard op >= self.commits[member] else {
            return self.fail("member \(member) commits \(op) after \(self.commits[member])")
        }
        guard op <= disks[member].head else { return self.fail("member \(member) commits \(op) without storing it") }
        while self.commits[member] < op {
            let next = self.commits[member].next
            self.commits[member] = next
            let index = Int(next.number) - 1
            let hash = disks[member].hashes[index]
            if index < self.canonical.count {
                if self.canonical[index] != hash { self.fail("member \(member) commits another op \(next)") }
                continue
            }
            let parent = index == 0 ? TestLog.hash(TestLog.genesis) : self.canonical[index - 1]
            if disks[member].entries[index].header.parent != parent {
                self.fail("committed op \(next) breaks the chain")
            }
            let holders = MemberSet(disks.indices.filter { disks[$0].holds(next, hash) })
            if !self.quorum.isSatisfied(by: holders) { self.fail("op \(next) commits while only \(holders) hold it") }
            self.canonical.append(hash)
        }
    }

    /// A member acknowledges: it must hold that, now and ever after.
    mutating func onAcknowledge(_ acknowledgements: [Message.Acknowledgement], by member: Int, disk: SimulatedDisk) {
        for acknowledgement in acknowledgements {
            if !disk.holds(acknowledgement.op, acknowledgement.entry) {
                self.fail("member \(member) acknowledges op \(acknowledgement.op) and does not hold it")
            }
            self.acknowledged[member][acknowledgement.op.number] = acknowledgement.entry
        }
    }

    /// An entry leaves the primary: it must hold it.
    mutating func onPrepare(_ entry: LogEntry, by member: Int, disk: SimulatedDisk) {
        if !disk.holds(entry.header.op, TestLog.hash(entry.header)) {
            self.fail("member \(member) sends op \(entry.header.op) and does not hold it")
        }
    }

    mutating func onRestart(of member: Int, disk: SimulatedDisk, commit: Op) {
        for (op, hash) in self.acknowledged[member] where !disk.holds(Op(op), hash) {
            self.fail("member \(member) has forgotten op \(op) that it acknowledged")
        }
        self.commits[member] = commit
        self.heads[member] = disk.head
    }

    /// After every step: nothing goes back, nothing grows without limit.
    mutating func onStep(of member: Int, _ replica: Replica, disk: SimulatedDisk) {
        if replica.head < self.heads[member] { self.fail("head of member \(member) goes back to \(replica.head)") }
        self.heads[member] = replica.head
        let window = replica.window
        let isBounded =
            window.unstoredCount <= Limits.acceptedEntriesMax && disk.pendingCount <= Limits.acceptedEntriesMax
            && replica.reordered.count <= Limits.reorderedEntriesMax
            && window.uncommittedCount - window.unstoredCount <= Limits.pipelineSetsMax
            && Int(window.stored.number) - Int(window.commit.number) <= Limits.pipelineSetsMax
            && window.retainedCount <= Limits.committedRetainedCount + window.uncommittedCount + 1
        if !isBounded { self.fail("queues of member \(member) are over their limits: \(replica)") }
    }
}
