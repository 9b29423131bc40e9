internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Everything the store knows in memory about what is durable: rebuilt when it is opened, added to by the writers after
/// each fdatasync.
///
/// What is not in here is not present, is not deduplicated against and was not acknowledged.
final class StoreIndex: Sendable {
    struct Log {
        var index = LogIndex()
        var checkpoints: [(summary: CheckpointSummary, location: LogLocation)] = []
    }

    struct Nodes {
        var table = BlobTable()
        var next: UInt64 = 0
    }

    enum Presence: Hashable {
        case absent
        case present(ordinal: UInt64, kind: StoredBlob.Kind)
        /// It was there and cannot be read: the next copy gets the same ordinal.
        case suspect(ordinal: UInt64)
    }

    let key: SegmentKey
    let blobs = Mutex(BlobTable())
    let nodes = Mutex(Nodes())
    let log = Mutex(Log())
    let storedBytes = Mutex<[SegmentStream: UInt64]>([:])
    /// Damaged blobs that were replaced by good copies since the store was opened.
    private let healedCount = Atomic<UInt64>(0)

    /// Seconds since 1970.
    let clock: @Sendable () -> UInt32

    init(key: SegmentKey, clock: @escaping @Sendable () -> UInt32 = StoreClock.seconds) {
        self.key = key
        self.clock = clock
    }

    /// Takes records that are durable in `segment`, in order of writing. `base` is added to their offsets. Blobs that
    /// are written now, not found again, are in use from now on.
    func publish(_ rows: some Sequence<IndexRow>, segment: UInt32, stream: SegmentStream, base: UInt32, isNew: Bool) {
        var bytes: UInt64 = 0
        let now = isNew ? self.clock() : 0
        self.blobs.withLock { table in
            for row in rows where row.kind.isBlob {
                let suspects = table.suspectCount
                guard table.set(row, segment: segment, offset: base + row.offset), isNew else { continue }
                if table.suspectCount < suspects { self.healedCount.add(1, ordering: .relaxed) }
                table.touch(row.ordinal, now: now)
            }
        }
        for row in rows {
            bytes += UInt64(row.bytesCount)
            if row.kind == .node {
                self.nodes.withLock { nodes in
                    var row = row
                    row.ordinal = nodes.table.ordinal(of: row.fingerprint) ?? nodes.next
                    nodes.next = max(nodes.next, row.ordinal + 1)
                    _ = nodes.table.set(row, segment: segment, offset: base + row.offset)
                    if isNew { nodes.table.touch(row.ordinal, now: now) }
                }
            }
            guard let reference = row.log else { continue }
            let location = LogLocation(segment: segment, offset: base + row.offset, bytesCount: row.bytesCount)
            self.log.withLock { log in
                log.index.apply(reference, at: location)
                guard case .checkpoint(let op, let entry, let root) = reference else { return }
                log.checkpoints.removeAll { $0.summary.op == op }
                log.checkpoints.append((CheckpointSummary(op: op, entry: entry, root: root), location))
            }
        }
        let total = bytes
        self.storedBytes.withLock { $0[stream, default: 0] += total }
    }

    /// Remembers blobs whose records are damaged: they keep their ordinals for the copies that will heal them.
    func publishSuspects(_ damages: [SegmentScanReport.Damage], segment: UInt32) {
        self.blobs.withLock { table in
            for damage in damages {
                guard let address = damage.address, let ordinal = damage.ordinal else { continue }
                let fingerprint = self.key.fingerprint(of: address)
                guard table.ordinal(of: fingerprint) == nil, table[ordinal] == nil else { continue }
                let row = IndexRow(
                    kind: .blob,
                    codec: .raw,
                    offset: UInt32(damage.range.lowerBound),
                    bytesCount: UInt32(damage.range.count),
                    rawBytesCount: 0,
                    ordinal: ordinal,
                    fingerprint: fingerprint
                )
                guard table.set(row, segment: segment, offset: row.offset), let slot = table[ordinal] else { continue }
                table.setSuspect(true, ordinal: ordinal, slot: slot)
            }
        }
    }

    func presence(of address: BlobAddress) -> Presence {
        self.presence(of: [address])[0]
    }

    /// Whoever asks may rely on the answer: what is present counts as used now, and is condemned no longer.
    func presence(of addresses: [BlobAddress]) -> [Presence] {
        let fingerprints = addresses.map { self.key.fingerprint(of: $0) }
        let now = self.clock()
        return self.blobs.withLock { table in
            fingerprints.map { fingerprint in
                let presence = Self.presence(of: fingerprint, in: table)
                if case .present(let ordinal, _) = presence { table.touch(ordinal, now: now) }
                return presence
            }
        }
    }

    /// Which of the blobs `rows` still have to be written: not those that are there, unless they name an ordinal, which
    /// only copies meant to replace another do.
    func isNew(_ rows: [IndexRow]) -> [Bool] {
        let now = self.clock()
        return self.blobs.withLock { table in
            rows.map { row in
                guard row.kind.isBlob, row.ordinal == IndexRow.noOrdinal,
                    case .present(let ordinal, _) = Self.presence(of: row.fingerprint, in: table)
                else { return true }
                table.touch(ordinal, now: now)
                return false
            }
        }
    }

    /// The ordinals of the blobs with these fingerprints that are present; something is about to depend on them.
    func ordinals(ofPresent fingerprints: [Fingerprint]) -> [UInt64?] {
        guard !fingerprints.isEmpty else { return [] }
        let now = self.clock()
        return self.blobs.withLock { table in
            fingerprints.map { fingerprint in
                guard case .present(let ordinal, _) = Self.presence(of: fingerprint, in: table) else { return nil }
                table.touch(ordinal, now: now)
                return ordinal
            }
        }
    }

    private static func presence(of fingerprint: Fingerprint, in table: borrowing BlobTable) -> Presence {
        guard let ordinal = table.ordinal(of: fingerprint), let slot = table[ordinal] else { return .absent }
        return slot.isSuspect ? .suspect(ordinal: ordinal) : .present(ordinal: ordinal, kind: slot.kind)
    }

    /// The ordinal and slot of a blob, suspect or not.
    func slot(of address: BlobAddress) -> (ordinal: UInt64, slot: BlobSlot)? {
        let fingerprint = self.key.fingerprint(of: address)
        return self.blobs.withLock { table in
            table.ordinal(of: fingerprint).flatMap { ordinal in table[ordinal].map { (ordinal, $0) } }
        }
    }

    func slot(at ordinal: UInt64) -> BlobSlot? {
        self.blobs.withLock { $0[ordinal] }
    }

    func setSuspect(_ isSuspect: Bool, ordinal: UInt64, slot: BlobSlot) {
        self.blobs.withLock { $0.setSuspect(isSuspect, ordinal: ordinal, slot: slot) }
    }

    /// Makes suspect what lies in `segment` at offsets that `isLost`; returns how many blobs that were.
    func makeSuspect(in segment: UInt32, where isLost: (UInt32) -> Bool) -> Int {
        self.blobs.withLock { table in
            var count = 0
            for ordinal in table.ordinals() {
                guard let slot = table[UInt64(ordinal)], slot.segment == segment, isLost(slot.offset) else { continue }
                table.setSuspect(true, ordinal: UInt64(ordinal), slot: slot)
                count += 1
            }
            return count
        }
    }

    func node(_ hash: Digest) -> BlobSlot? {
        let fingerprint = self.key.fingerprint(of: hash)
        return self.nodes.withLock { nodes in nodes.table.ordinal(of: fingerprint).flatMap { nodes.table[$0] } }
    }

    /// Every blob's ordinal, in the order in which they lie on disk.
    func ordinalsByPlace() -> [UInt32] {
        let table = self.blobs.withLock { $0 }
        return table.ordinals().map { ($0, table[UInt64($0)] ?? .empty) }
            .sorted { ($0.1.segment, $0.1.offset) < ($1.1.segment, $1.1.offset) }
            .map(\.0)
    }

    func withLog<Result>(_ body: (LogIndex) throws -> Result) rethrows -> Result {
        try self.log.withLock { try body($0.index) }
    }

    var checkpoints: [CheckpointSummary] {
        self.log.withLock { $0.checkpoints.map(\.summary) }.sorted { $0.op < $1.op }
    }

    func checkpointLocation(at op: Op) -> LogLocation? {
        self.log.withLock { $0.checkpoints.first { $0.summary.op == op }?.location }
    }

    func statistics(segments: [SegmentStream: Int]) -> StoreStatistics {
        let stored = self.storedBytes.withLock { $0 }
        let (count, raw, suspects) = self.blobs.withLock { ($0.count, $0.rawBytesCount, $0.suspectCount) }
        return StoreStatistics(
            blobCount: count,
            rawBytesCount: raw,
            suspectCount: suspects,
            storedBytesCount: stored,
            segmentCount: segments,
            nodeCount: self.nodes.withLock { $0.table.count },
            healedCount: self.healedCount.load(ordering: .relaxed)
        )
    }
}
