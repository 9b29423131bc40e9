import TarnConsensus
import TarnCore
import TarnTestKit

/// One member's disk: what is on it survives a crash, what is on its way may or may not.
struct SimulatedDisk {
    private struct Write {
        let entry: LogEntry
        let hash: Digest
        let readyAt: UInt64
    }

    private struct Completion {
        let acknowledgement: Message.Acknowledgement
        let readyAt: UInt64
    }

    /// The stored entries; op 1 comes first.
    private(set) var entries: [LogEntry] = []
    private(set) var hashes: [Digest] = []
    /// Which of them have their acknowledgement record.
    private(set) var acknowledged: [Bool] = []
    /// A commit number that was written down at some time.
    private(set) var commit = Op.genesis
    private var writes: [Write] = []
    private var completions: [Completion] = []
    private var random: SplitMix64
    private let slowPercent: Int

    init(random: SplitMix64, slowPercent: Int) {
        self.random = random
        self.slowPercent = slowPercent
    }

    var head: Op { Op(UInt64(self.entries.count)) }
    var pendingCount: Int { self.writes.count }

    /// Whether the entry with this hash is durable at `op` with all that it names.
    func holds(_ op: Op, _ hash: Digest) -> Bool {
        guard op <= self.head, op > .genesis else { return false }
        return self.acknowledged[Int(op.number) - 1] && self.hashes[Int(op.number) - 1] == hash
    }

    /// Starts to store `entry`; entries come in order, or are there already. Returns what was wrong with that.
    mutating func persist(_ entry: LogEntry, now: UInt64) -> String? {
        let hash = TestLog.hash(entry.header)
        let index = Int(entry.header.op.number) - 1
        if index < self.entries.count {
            guard self.hashes[index] == hash else { return "op \(entry.header.op) is to be stored over another entry" }
        } else {
            guard index == self.entries.count + self.writes.count else {
                return "op \(entry.header.op) is stored out of order"
            }
            let readyAt = max(self.writes.last?.readyAt ?? 0, now + UInt64(self.random.below(4)))
            self.writes.append(Write(entry: entry, hash: hash, readyAt: readyAt))
        }
        let isSlow = self.random.chance(percent: self.slowPercent)
        self.completions.append(
            Completion(
                acknowledgement: Message.Acknowledgement(op: entry.header.op, entry: hash),
                readyAt: now + UInt64(self.random.below(isSlow ? 60 : 4))
            )
        )
        return nil
    }

    /// What has become durable by `now`: the newest entry stored, and the ops whose blobs are there too, in any order.
    mutating func complete(now: UInt64) -> (stored: Message.Acknowledgement?, durable: [Message.Acknowledgement]) {
        var stored: Message.Acknowledgement?
        let ready = self.writes.prefix { $0.readyAt <= now }
        for write in ready {
            self.store(write)
            stored = Message.Acknowledgement(op: write.entry.header.op, entry: write.hash)
        }
        self.writes.removeFirst(ready.count)
        var durable: [Message.Acknowledgement] = []
        let head = self.head
        self.completions.removeAll { completion in
            guard completion.readyAt <= now, completion.acknowledgement.op <= head else { return false }
            durable.append(completion.acknowledgement)
            return true
        }
        for acknowledgement in durable { self.acknowledged[Int(acknowledgement.op.number) - 1] = true }
        return (stored, durable.count > 1 ? self.random.shuffled(durable) : durable)
    }

    /// Writes the commit number down, now and then.
    mutating func note(commit: Op) {
        if self.random.chance(percent: 10) { self.commit = max(self.commit, commit) }
    }

    /// Loses what is on its way, but for some of it that got there without anybody hearing of it.
    mutating func crash() {
        for write in self.writes.prefix(self.random.below(self.writes.count + 1)) { self.store(write) }
        self.writes.removeAll()
        for completion in self.completions
        where completion.acknowledgement.op <= self.head && self.random.chance(percent: 30) {
            self.acknowledged[Int(completion.acknowledgement.op.number) - 1] = true
        }
        self.completions.removeAll()
    }

    /// Loses everything, as only a broken member does.
    mutating func erase() {
        self.entries.removeAll()
        self.hashes.removeAll()
        self.acknowledged.removeAll()
        self.commit = .genesis
    }

    /// What a replica starts from.
    func recover() -> RecoveredLog {
        let commit = max(self.commit, Replica.commitFloor(head: self.head))
        let index = Int(commit.number)
        return RecoveredLog(
            view: View(0),
            logView: View(0),
            committed: index == 0 ? TestLog.genesis : self.entries[index - 1].header,
            suffix: (index..<self.entries.count).map {
                RecoveredLog.Suffix(entry: self.entries[$0], isAcknowledged: self.acknowledged[$0])
            }
        )
    }

    private mutating func store(_ write: Write) {
        self.entries.append(write.entry)
        self.hashes.append(write.hash)
        self.acknowledged.append(false)
    }
}
