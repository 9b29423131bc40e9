internal import TarnConsensus
internal import TarnCore
internal import TarnMerkle

/// One datacentre: a disk, a replica, and the shell between them, without any of its threads.
struct SimulatedMember: Sendable {
    /// Blobs that an entry of this log needs and this member does not hold yet.
    struct Job: Sendable {
        let acknowledgement: Message.Acknowledgement
        var missing: [BlobAddress]
        /// Whether the acknowledgement record is on its way to the disk.
        var isWriting = false
    }

    /// Which datacentre it is: one that replaces another has an index of its own.
    let index: Int
    /// Who belongs to the cluster, as far as this member knows, and which seat is its own.
    private(set) var membership: Membership
    /// What its folder says about that, whatever becomes of its disk.
    let folderMembership: Membership
    private(set) var seat = 0
    /// The index of the member in each seat.
    private(set) var book: [Int] = []
    var disk: SimulatedDisk
    /// Nil while the member is down.
    var replica: Replica?
    var line: StateLine
    var clients = ClientTable()
    /// Entries above the commit number, by op.
    var accepted: [UInt64: LogEntry] = [:]
    /// Requests that are ordered here and not committed.
    var requestsInFlight: [RequestID: Op] = [:]
    var jobs: [Job] = []
    /// Blobs that came with Prepares and are not on disk.
    var inline: [BlobAddress] = []
    var timestamps: TimestampSource
    /// The view that this member leads and has not begun with a no-op yet.
    var noopView: View?
    var wantedAt: UInt64 = 0
    var wantTurn = 0
    /// Until when it does nothing, as if its machine were stopped.
    var pausedUntil: UInt64 = 0
    /// When a crashed member comes back.
    var restartAt: UInt64 = .max
    /// By how many microseconds its wall clock is wrong.
    var clockSkew: Int64 = 0
    /// Its own ticks for every 1,000 of the simulation.
    var tickRate: UInt64 = 1_000
    var stepsPerTick: UInt64 = 1
    /// Whether it is gone for good, or has lost its seat to another.
    var isLost = false
    var startsCount: UInt64 = 0
    var knownHeads: [Heads.Head?] = [nil, nil, nil]
    /// The mistake that it makes when it collects.
    var mutant: Mutant?
    /// What of the past is kept, as far as this member has committed.
    var floor = GarbageFloor.none
    var retained = RetainedStates()
    var collection: SimulatedCollection?
    /// Condemned blobs that somebody asked for.
    var revivedCount = 0
    /// What is needed here of the ops below a floor; made when somebody asks.
    private var needed: (floor: GarbageFloor, blobs: Set<BlobAddress>)?

    init(index: Int, membership: Membership, disk: SimulatedDisk, line: StateLine) {
        self.index = index
        self.membership = membership
        self.folderMembership = membership
        self.disk = disk
        self.line = line
        self.timestamps = TimestampSource(lastMicroseconds: line.header.timestampMicroseconds)
        self.adopt(membership)
    }

    /// Takes over who belongs to the cluster.
    mutating func adopt(_ membership: Membership) {
        let book = membership.members.map { Self.index(of: $0.datacenter) }
        for seat in book.indices where self.book.indices.contains(seat) && self.book[seat] != book[seat] {
            self.knownHeads[seat] = nil
        }
        self.membership = membership
        self.book = book
        self.seat = book.firstIndex(of: self.index) ?? self.seat
    }

    /// The seat of the member with this index, or nil.
    func seat(of index: Int) -> Int? { self.book.firstIndex(of: index) }

    /// The name of the member with this index, and the other way round.
    static func datacenter(_ index: Int) -> DatacenterID {
        do throws(CoreError) {
            return try DatacenterID("dc\(index + 1)")
        } catch {
            preconditionFailure("name of a simulated datacentre: \(error)")
        }
    }

    static func index(of datacenter: DatacenterID) -> Int { (Int(datacenter.name.dropFirst(2)) ?? 1) - 1 }

    func isRunning(at now: UInt64) -> Bool { self.replica != nil && self.pausedUntil <= now }

    /// The member's own clock at step `now` of the simulation.
    func tick(at now: UInt64) -> Tick { Tick(now * self.tickRate / (1_000 * self.stepsPerTick)) }

    /// Whether its timer goes off at step `now`: at every step, or every 20 ms where steps are shorter than ticks, as
    /// in a node.
    func isTicking(at now: UInt64) -> Bool {
        self.stepsPerTick == 1 || (now + UInt64(self.index) * 3) % (2 * self.stepsPerTick) == 0
    }

    func clockMicroseconds(at now: UInt64) -> UInt64 {
        UInt64(max(1, 1_000_000_000 + Int64(now * Tick.milliseconds * 1_000 / self.stepsPerTick) + self.clockSkew))
    }

    /// Those of `blobs` that are not on this disk. Whoever asks may rely on the others from now on.
    mutating func missing(_ blobs: [BlobAddress]) -> [BlobAddress] {
        blobs.filter { !self.disk.blobs.use($0, now: self.disk.clock, revived: &self.revivedCount) }
    }

    /// The same for what `entry` names. Up to the floor only what some kept state still names has to be here: the rest
    /// may be gone everywhere.
    mutating func missingBlobs(of entry: LogEntry) -> [BlobAddress] {
        self.needed(self.missing(entry.blobs), of: entry.header.op)
    }

    /// Whether a committed entry is acknowledged here and all that has to be here of it is. Does not count as use.
    mutating func isComplete(_ entry: LogEntry) -> Bool {
        let op = entry.header.op
        return self.disk.isAcknowledged(op) && self.needed(entry.blobs.filter { !self.disk.holds($0) }, of: op).isEmpty
    }

    /// What of `missing` blobs of `op` has to be here.
    mutating func needed(_ missing: [BlobAddress], of op: Op) -> [BlobAddress] {
        guard op <= self.floor.floor, !missing.isEmpty, self.mutant != .completesForgotten else { return missing }
        if self.needed?.floor != self.floor { self.needed = self.marks(above: self.floor).map { (self.floor, $0) } }
        return missing.filter { self.needed?.blobs.contains($0) ?? true }
    }

    /// Every blob that a state kept by `floor` names, an op above it, committed or not, or an entry that a deposed
    /// primary left; nil when the log has a gap: nobody knows then what it named.
    mutating func marks(above floor: GarbageFloor) -> Set<BlobAddress>? {
        let disk = self.disk
        guard self.retained.follow(floor, { disk.entry(at: $0) }) else { return nil }
        var marks = self.retained.blobs()
        var op = floor.floor
        let end = self.mutant == .collectsPromises ? self.line.header.op : disk.head
        while op < end {
            op = op.next
            guard let blobs = disk.names(at: op) else {
                if self.mutant == .collectsOverGaps { break }
                return nil
            }
            marks.formUnion(blobs)
        }
        if self.mutant != .collectsOrphans { for blobs in disk.namesAside { marks.formUnion(blobs) } }
        return marks
    }

    /// Takes over what a committed entry says about the past.
    mutating func noteFloor(_ entry: LogEntry) {
        guard entry.header.kind == .gcFloor, let floor = try? GarbageFloor(decoding: entry.body) else { return }
        self.floor = self.floor.followed(by: floor)
    }

    /// The store's clock at step `now` of the simulation, in ticks. It is that of the machine's uptime, which does not
    /// jump: what was used a moment ago must not be long ago because somebody set the time.
    func storeClock(at now: UInt64) -> UInt32 { UInt32(clamping: now / self.stepsPerTick) }

    /// Loses everything that is not on disk.
    mutating func crash() {
        self.replica = nil
        self.disk.crash()
        self.jobs.removeAll()
        self.inline.removeAll()
        self.accepted.removeAll()
        self.requestsInFlight.removeAll()
        self.noopView = nil
        self.knownHeads = [nil, nil, nil]
        self.collection = nil
        self.needed = nil
    }

    /// Entries after `op` that are on disk, through `last`.
    func entries(after op: Op, through last: Op) -> [LogEntry] {
        var out: [LogEntry] = []
        var next = op.next
        while next <= last, let entry = self.disk.entry(at: next) {
            out.append(entry)
            next = next.next
        }
        return out
    }

    /// What this member tells about itself.
    func head() -> Heads.Head? {
        guard let replica else { return nil }
        let oldest = self.jobs.map(\.acknowledgement.op).min()
        let complete = oldest.map { Op($0.number - 1) } ?? replica.stored
        return Heads.Head(
            datacenter: Self.datacenter(self.index),
            view: replica.view,
            logView: replica.logView,
            op: replica.stored,
            commit: replica.commit,
            prefixComplete: min(complete, replica.stored),
            root: self.line.header.root,
            missingBytesCount: 0,
            diskFreeBytesCount: 0,
            trouble: "",
            clockMicroseconds: 0
        )
    }
}
