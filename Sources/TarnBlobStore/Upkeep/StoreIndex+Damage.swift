internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// What is known to be damaged.
extension StoreIndex {
    /// What a record of the log or of a checkpoint stands for, or nil when another copy took its place.
    func subject(of kind: RecordKind, at place: LogLocation) -> StoreDamage.Subject? {
        switch kind {
        case .entry:
            return self.withLog { $0.version(at: place) }.map { .entry(op: $0.op, hash: $0.version.hash) }
        case .checkpoint:
            return self.log.withLock { log in log.checkpoints.first { $0.location == place } }
                .map { .checkpoint(op: $0.summary.op) }
        case .node:
            let isCurrent = self.nodes.withLock { nodes in
                for ordinal in nodes.table.ordinals() {
                    guard let slot = nodes.table[UInt64(ordinal)], slot.location == place else { continue }
                    nodes.table.setSuspect(true, ordinal: UInt64(ordinal), slot: slot)
                    return true
                }
                return false
            }
            return isCurrent ? .node(nil) : nil
        case .acknowledgement, .head: return .other
        case .blob, .chunk, .manifest, .dictionary: return nil
        }
    }

    /// Whether a log entry has another record that counts instead of this one.
    func isSuperseded(_ row: IndexRow, in segment: UInt32) -> Bool {
        guard case .entry(let op, let hash, _)? = row.log,
            let location = self.withLog({ $0.version(at: op, hash: hash)?.location })
        else { return false }
        return location.segment != segment || location.offset != row.offset
    }

    /// Blobs that cannot be read, by ordinal.
    func suspects() -> [(ordinal: UInt64, slot: BlobSlot)] {
        guard self.blobs.withLock({ $0.suspectCount }) > 0 else { return [] }
        var out: [(ordinal: UInt64, slot: BlobSlot)] = []
        var next: UInt64? = 0
        while let start = next {
            next = self.visitSlots(from: start) { ordinal, slot, _ in if slot.isSuspect { out.append((ordinal, slot)) }
            }
        }
        return out
    }

    /// Which of `addresses` are here but cannot be read.
    func suspects(among addresses: [BlobAddress]) -> [BlobAddress] {
        let fingerprints = addresses.map { self.key.fingerprint(of: $0) }
        return self.blobs.withLock { table in
            guard table.suspectCount > 0 else { return [] }
            return zip(addresses, fingerprints).compactMap { address, fingerprint in
                table.ordinal(of: fingerprint).flatMap { table[$0] }.flatMap { $0.isSuspect ? address : nil }
            }
        }
    }

    /// Tree nodes whose record is damaged.
    func suspectNodes(among hashes: [Digest]) -> [Digest] {
        let fingerprints = hashes.map { self.key.fingerprint(of: $0) }
        return self.nodes.withLock { nodes in
            guard nodes.table.suspectCount > 0 else { return [] }
            return zip(hashes, fingerprints).compactMap { hash, fingerprint in
                nodes.table.ordinal(of: fingerprint).flatMap { nodes.table[$0] }.flatMap { $0.isSuspect ? hash : nil }
            }
        }
    }

    /// Remembers that the record of a tree node is damaged. Nothing happens when it was replaced meanwhile.
    func setSuspect(node fingerprint: Fingerprint, slot: BlobSlot) {
        self.nodes.withLock { nodes in
            guard let ordinal = nodes.table.ordinal(of: fingerprint) else { return }
            nodes.table.setSuspect(true, ordinal: ordinal, slot: slot)
        }
    }

    /// How many tree nodes have a damaged record.
    var suspectNodeCount: Int { self.nodes.withLock { $0.table.suspectCount } }

    /// Every condemned blob, with the time since when it is.
    func condemned() -> [(ordinal: UInt64, slot: BlobSlot, since: UInt32)] {
        var out: [(ordinal: UInt64, slot: BlobSlot, since: UInt32)] = []
        var next: UInt64? = 0
        while let start = next {
            next = self.visitSlots(from: start) { ordinal, slot, stamp in
                if slot.isCondemned { out.append((ordinal, slot, stamp)) }
            }
        }
        return out
    }

    /// Condemns again what was before a restart; nothing happens to blobs that changed meanwhile.
    func condemn(_ known: [UpkeepFile.Condemned]) {
        self.blobs.withLock { table in
            for item in known where table[item.ordinal]?.fingerprint.high == item.fingerprint {
                table.condemn(item.ordinal, since: item.since)
            }
        }
    }

    /// Makes suspect again what was before a restart and still lies at the same place.
    func suspect(_ known: [UpkeepFile.Suspect]) {
        self.blobs.withLock { table in
            for item in known {
                guard let slot = table[item.ordinal], slot.segment == item.segment, slot.offset == item.offset else {
                    continue
                }
                table.setSuspect(true, ordinal: item.ordinal, slot: slot)
            }
        }
    }
}
