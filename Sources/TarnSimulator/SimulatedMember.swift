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

    let index: Int
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
    /// Whether it is gone for good.
    var isLost = false
    var startsCount: UInt64 = 0
    var knownHeads: [Heads.Head?] = [nil, nil, nil]

    init(index: Int, disk: SimulatedDisk, line: StateLine) {
        self.index = index
        self.disk = disk
        self.line = line
        self.timestamps = TimestampSource(lastMicroseconds: line.header.timestampMicroseconds)
    }

    func isRunning(at now: UInt64) -> Bool { self.replica != nil && self.pausedUntil <= now }

    /// The member's own clock at tick `now` of the simulation.
    func tick(at now: UInt64) -> Tick { Tick(now * self.tickRate / 1_000) }

    func clockMicroseconds(at now: UInt64) -> UInt64 {
        UInt64(max(1, 1_000_000_000 + Int64(now) * 10_000 + self.clockSkew))
    }

    /// Blobs of `entry` that are not on this disk.
    func missingBlobs(of entry: LogEntry) -> [BlobAddress] {
        guard entry.header.kind == .changeSet, let set = try? ChangeSet(decoding: entry.body) else { return [] }
        return set.blobs.filter { !self.disk.holds($0) }
    }

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
        guard let replica, let datacenter = try? DatacenterID("dc\(self.index + 1)") else { return nil }
        return Heads.Head(
            datacenter: datacenter,
            view: replica.view,
            logView: replica.logView,
            op: replica.stored,
            commit: replica.commit,
            prefixComplete: replica.commit,
            root: self.line.header.root,
            missingBytesCount: 0,
            diskFreeBytesCount: 0,
            trouble: "",
            clockMicroseconds: 0
        )
    }
}
