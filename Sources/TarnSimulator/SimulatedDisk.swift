internal import TarnConsensus
internal import TarnCore
internal import TarnSegment

/// One member's disk, with the log's real index: what is on it survives a crash, what is on its way may or may not.
struct SimulatedDisk: Sendable {
    enum Record: Sendable {
        /// With the blobs that it names, so that nobody has to decode it again.
        case entry(LogEntry, Digest, [BlobAddress])
        case acknowledgement(Op, Digest)
        case head(View, Op, Digest)
    }

    struct Superblock: Hashable, Sendable {
        var view = View(0)
        var logView = View(0)
        var commit = Op.genesis
        var isTrusted = true
    }

    /// How long writes take, in steps.
    struct Pace: Hashable, Sendable {
        var steps = 0...2
        var slowPercent = 0
        var slowStepsMax = 60
    }

    /// What a write tells when it is durable.
    enum Completion: Sendable {
        case nothing
        case stored(Message.Acknowledgement)
        case durable([Message.Acknowledgement])
        case installed(View)
        case viewPersisted(View)
        case staged(client: Int)
        /// That this op, a change of the membership, is committed.
        case reconfigured(Op)
    }

    private struct Write: Sendable {
        var records: [Record] = []
        var blobs: [BlobAddress] = []
        var superblock: Superblock?
        let completion: Completion
        let readyAt: UInt64
    }

    private(set) var records: [Record] = []
    private(set) var index = LogIndex()
    private(set) var superblock = Superblock()
    var blobs = SimulatedBlobs()
    /// Blobs that rotted here at some time: no collection took them.
    private(set) var rotted: Set<BlobAddress> = []
    /// The store's clock, in ticks: the time of whatever is used or stored now.
    var clock: UInt32 = 0
    private var damaged: [Int] = []
    private var logWrites: [Write] = []
    private var stateWrites: [Write] = []
    private var random: SeededRandom
    /// Steps that a write takes, the chance that it is slow, and how slow at most.
    private let pace: Pace
    /// Until then nothing is written: a stuck disk.
    var stalledUntil: UInt64 = 0
    /// Until then no write to the log gets there, while others do.
    var logStalledUntil: UInt64 = 0
    /// Until then it takes no blobs; what the log needs has a reserve.
    var fullUntil: UInt64 = 0

    init(random: SeededRandom, pace: Pace, isNew: Bool, genesis: LogEntry) {
        self.random = random
        self.superblock.isTrusted = !isNew
        self.pace = pace
        self.format(genesis)
    }

    var pendingCount: Int { self.logWrites.count + self.stateWrites.count }

    func holds(_ blob: BlobAddress) -> Bool { self.blobs.contains(blob) }

    /// The live entry of `op`.
    func entry(at op: Op) -> LogEntry? {
        guard let version = self.index.version(at: op) else { return nil }
        guard case .entry(let entry, _, _) = self.records[Int(version.location.offset)] else { return nil }
        return entry
    }

    /// The last op of the live log, whether or not everything below is here.
    var head: Op { self.index.summary.head }

    /// The view whose log this is.
    var logView: View { self.index.summary.logView }

    /// The entry of `op` with this hash, live or not.
    func entry(at op: Op, hash: Digest) -> LogEntry? {
        guard let version = self.index.version(at: op, hash: hash),
            case .entry(let entry, _, _) = self.records[Int(version.location.offset)]
        else { return nil }
        return entry
    }

    /// The blobs that the live entry of `op` names; nil without one.
    func names(at op: Op) -> [BlobAddress]? { self.index.version(at: op).map { self.names(at: $0.location) } }

    func isAcknowledged(_ op: Op) -> Bool { self.index.isAcknowledged(op) }

    /// Whether the live entry of `op` was acknowledged, and all that it names can be read.
    func isWhole(_ op: Op) -> Bool {
        self.index.isAcknowledged(op) && self.names(at: op)?.allSatisfy { self.holds($0) } ?? false
    }

    /// The blobs of every entry that is not live: what deposed primaries left.
    var namesAside: [[BlobAddress]] { self.index.allAside.map { self.names(at: $0.version.location) } }

    private func names(at location: LogLocation) -> [BlobAddress] {
        guard case .entry(_, _, let blobs) = self.records[Int(location.offset)] else { return [] }
        return blobs
    }

    /// Whether the live entry of `op` has this hash and was acknowledged.
    func holds(_ op: Op, _ hash: Digest) -> Bool {
        guard let version = self.index.version(at: op), version.hash == hash else { return false }
        return self.index.isAcknowledged(op)
    }

    // MARK: Writing

    mutating func append(_ records: [Record], blobs: [BlobAddress], _ completion: Completion, now: UInt64) {
        let readyAt = max(self.logWrites.last?.readyAt ?? 0, self.logStalledUntil, self.readyAt(now))
        self.logWrites.append(Write(records: records, blobs: blobs, completion: completion, readyAt: readyAt))
    }

    mutating func update(_ completion: Completion, now: UInt64, _ change: (inout Superblock) -> Void) {
        var next = self.stateWrites.last?.superblock ?? self.superblock
        change(&next)
        let readyAt = max(self.stateWrites.last?.readyAt ?? 0, self.readyAt(now))
        self.stateWrites.append(Write(superblock: next, completion: completion, readyAt: readyAt))
    }

    private mutating func readyAt(_ now: UInt64) -> UInt64 {
        let isSlow = self.pace.slowPercent > 0 && self.random.chance(percent: self.pace.slowPercent)
        let steps = isSlow ? 0...(self.pace.slowStepsMax - 1) : self.pace.steps
        return max(now, self.stalledUntil) + UInt64(self.random.within(steps))
    }

    /// What has become durable by `now`, in order.
    mutating func complete(now: UInt64) -> [Completion] {
        if self.logWrites.isEmpty && self.stateWrites.isEmpty { return [] }
        var completions: [Completion] = []
        while let write = self.logWrites.first, write.readyAt <= now {
            self.logWrites.removeFirst()
            self.perform(write)
            completions.append(write.completion)
        }
        while let write = self.stateWrites.first, write.readyAt <= now {
            self.stateWrites.removeFirst()
            self.perform(write)
            completions.append(write.completion)
        }
        return completions
    }

    private mutating func perform(_ write: Write) {
        for blob in write.blobs { self.blobs.insert(blob, now: self.clock) }
        for record in write.records { self.add(record) }
        if let superblock = write.superblock { self.superblock = superblock }
    }

    private mutating func add(_ record: Record) {
        self.records.append(record)
        self.enter(record, at: self.records.count - 1)
    }

    private mutating func enter(_ record: Record, at offset: Int) {
        let location = LogLocation(segment: 0, offset: UInt32(offset), bytesCount: 0)
        switch record {
        case .entry(let entry, let hash, _):
            self.index.apply(.entry(op: entry.header.op, hash: hash, parent: entry.header.parent), at: location)
        case .acknowledgement(let op, let hash): self.index.apply(.acknowledgement(op: op, entry: hash), at: location)
        case .head(let logView, let op, let hash):
            self.index.apply(.head(logView: logView, op: op, entry: hash), at: location)
        }
    }

    // MARK: Faults

    /// Loses what is on its way, but for some of it that got there without anybody hearing of it.
    mutating func crash() {
        for write in self.logWrites.prefix(self.random.below(self.logWrites.count + 1)) { self.perform(write) }
        for write in self.stateWrites.prefix(self.random.below(self.stateWrites.count + 1)) { self.perform(write) }
        self.logWrites.removeAll()
        self.stateWrites.removeAll()
    }

    /// Makes a blob unreadable.
    mutating func rot(_ blob: BlobAddress) {
        self.blobs.remove(blob)
        self.rotted.insert(blob)
    }

    /// Makes records of the log unreadable; it is noticed when the log is read at the next start.
    mutating func damage(records count: Int) {
        guard self.records.count > 3 else { return }
        for _ in 0..<count { self.damaged.append(self.random.within(3...(self.records.count - 1))) }
    }

    /// A new disk, and a member that knows that it is new.
    mutating func wipe(genesis: LogEntry, isTrusted: Bool) {
        self.records.removeAll()
        self.index = LogIndex()
        self.blobs = SimulatedBlobs()
        self.damaged.removeAll()
        self.logWrites.removeAll()
        self.stateWrites.removeAll()
        self.superblock = Superblock(isTrusted: isTrusted)
        self.format(genesis)
    }

    private mutating func format(_ genesis: LogEntry) {
        let hash = genesis.header.hash(QuickHash.self)
        self.add(.entry(genesis, hash, []))
        self.add(.acknowledgement(.genesis, hash))
        self.add(.head(View(0), .genesis, hash))
    }

    // MARK: Recovery

    /// Reads everything again, as a starting node does.
    mutating func recover() -> RecoveredLog {
        let isDamaged = !self.damaged.isEmpty
        if isDamaged {
            for offset in Set(self.damaged).sorted(by: >) { self.records.remove(at: offset) }
            self.damaged.removeAll()
        }
        self.blobs.restart()
        self.index = LogIndex()
        for offset in self.records.indices { self.enter(self.records[offset], at: offset) }
        var head = Op.genesis
        while self.index.version(at: head.next) != nil { head = head.next }
        let summary = self.index.summary
        let isLogViewLost = self.superblock.logView > summary.logView
        if isDamaged || isLogViewLost || head < summary.head { self.superblock.isTrusted = false }
        let floor = Replica.commitFloor(head: head)
        let committed = isLogViewLost ? floor : min(max(self.superblock.commit, floor), head)
        var suffix: [RecoveredLog.Suffix] = []
        var op = committed
        while op < head, let entry = self.entry(at: op.next) {
            op = op.next
            let isReadable = self.names(at: op)?.allSatisfy { self.holds($0) } ?? true
            let isAcknowledged = self.index.isAcknowledged(op)
            suffix.append(
                RecoveredLog.Suffix(
                    entry: entry,
                    isAcknowledged: isAcknowledged,
                    isReadable: isReadable || !isAcknowledged
                )
            )
        }
        guard let base = self.entry(at: committed) else { preconditionFailure("op \(committed) is not in the log") }
        return RecoveredLog(
            view: max(self.superblock.view, summary.logView),
            logView: summary.logView,
            committed: base.header,
            suffix: suffix,
            isTrusted: self.superblock.isTrusted
        )
    }
}
