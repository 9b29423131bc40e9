internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// The index as upkeep sees it. Nothing here counts as use.
extension StoreIndex {
    /// Whether the blob does not lie any more where `slot` says.
    func hasMoved(_ ordinal: UInt64, from slot: BlobSlot) -> Bool {
        guard let now = self.slot(at: ordinal) else { return true }
        return now.segment != slot.segment || now.offset != slot.offset
    }

    /// Marks blobs as live; returns those of them that are manifests and were not marked before.
    func mark(_ addresses: [BlobAddress], in live: inout Bitmap) -> [BlobAddress] {
        let fingerprints = addresses.map { self.key.fingerprint(of: $0) }
        return self.blobs.withLock { table in
            var manifests: [BlobAddress] = []
            for (address, fingerprint) in zip(addresses, fingerprints) {
                guard let ordinal = table.ordinal(of: fingerprint), let slot = table[ordinal],
                    live.insert(ordinal), slot.kind == .manifest
                else { continue }
                manifests.append(address)
            }
            return manifests
        }
    }

    /// The numbers of tree nodes that are here.
    func mark(nodes hashes: [Digest], in live: inout Bitmap) {
        let fingerprints = hashes.map { self.key.fingerprint(of: $0) }
        self.nodes.withLock { nodes in
            for fingerprint in fingerprints {
                if let ordinal = nodes.table.ordinal(of: fingerprint) { live.insert(ordinal) }
            }
        }
    }

    /// The number of a tree node in the table of nodes.
    func nodeNumber(_ fingerprint: Fingerprint) -> UInt64? {
        self.nodes.withLock { $0.table.ordinal(of: fingerprint) }
    }

    /// Gives `visit` the slots of a part of the table, beginning at `start`; returns where to go on, or nil at the end.
    /// The lock is held for one part only.
    func visitSlots(from start: UInt64, _ visit: (UInt64, BlobSlot, UInt32) -> Void) -> UInt64? {
        let part = UInt64(4 * BlobTable.pageCount)
        return self.blobs.withLock { table in
            let end = UInt64(table.pages.count * BlobTable.pageCount)
            guard start < end else { return nil }
            for ordinal in start..<min(end, start + part) {
                guard let slot = table[ordinal] else { continue }
                visit(ordinal, slot, table.stamp(of: ordinal))
            }
            return start + part < end ? start + part : nil
        }
    }

    /// Whether the record of a blob or node at this place is the one that counts.
    func isCurrent(_ row: IndexRow, in segment: UInt32) -> Bool {
        if row.kind.isBlob {
            guard let slot = self.slot(at: row.ordinal) else { return false }
            return slot.segment == segment && slot.offset == row.offset
        }
        guard row.kind == .node else { return true }
        return self.nodes.withLock { nodes in
            guard let slot = nodes.table.ordinal(of: row.fingerprint).flatMap({ nodes.table[$0] }) else { return false }
            return slot.segment == segment && slot.offset == row.offset
        }
    }

    /// Judges a part of the table, beginning at `start`; returns where to go on, or nil at the end. The lock is held
    /// for one part only.
    func judge(
        from start: UInt64,
        _ verdict: (UInt64, BlobSlot, UInt32) -> GarbageJudge.Verdict,
        now: UInt32
    ) -> UInt64? {
        let part = UInt64(4 * BlobTable.pageCount)
        return self.blobs.withLock { table in
            let end = UInt64(table.pages.count * BlobTable.pageCount)
            guard start < end else { return nil }
            for ordinal in start..<min(end, start + part) {
                guard let slot = table[ordinal] else { continue }
                switch verdict(ordinal, slot, table.stamp(of: ordinal)) {
                case .leave: break
                case .condemn: table.condemn(ordinal, since: now)
                case .pardon: table.pardon(ordinal)
                }
            }
            return start + part < end ? start + part : nil
        }
    }

    /// Removes those of `candidates` that `judgement` still allows to be removed, and takes the others out of it: what
    /// somebody asked for meanwhile, and what that is a difference to.
    func remove(_ candidates: inout Bitmap, allowedBy judgement: GarbageJudge, graph: DependencyGraph, gone: Bitmap) {
        self.blobs.withLock { table in
            var isWanted = false
            for ordinal in candidates.members {
                guard let slot = table[ordinal],
                    judgement.mayRemove(isCondemned: slot.isCondemned, stamp: table.stamp(of: ordinal))
                else {
                    candidates.remove(ordinal)
                    isWanted = true
                    continue
                }
            }
            if isWanted { graph.retain(&candidates, gone: gone) }
            for ordinal in candidates.members { table.remove(ordinal) }
        }
    }

    /// Removes those tree nodes that nobody asked for since `since` and returns the fingerprints of the others.
    func remove(nodes fingerprints: [Fingerprint], unusedSince since: UInt32) -> Set<Fingerprint> {
        self.nodes.withLock { nodes in
            var kept: Set<Fingerprint> = []
            for fingerprint in fingerprints {
                guard let ordinal = nodes.table.ordinal(of: fingerprint) else { continue }
                if nodes.table.stamp(of: ordinal) <= since {
                    nodes.table.remove(ordinal)
                } else {
                    kept.insert(fingerprint)
                }
            }
            return kept
        }
    }

    /// Whether the tree node is here and can be read, as far as anybody knows; if it is, it counts as used from now on.
    /// A damaged one is not: whoever has its bytes writes it again.
    func useNode(_ hash: Digest) -> Bool {
        let fingerprint = self.key.fingerprint(of: hash)
        let now = self.clock()
        return self.nodes.withLock { nodes in
            guard let ordinal = nodes.table.ordinal(of: fingerprint), let slot = nodes.table[ordinal], !slot.isSuspect
            else { return false }
            nodes.table.touch(ordinal, now: now)
            return true
        }
    }

    /// Puts back a blob or node that was removed for a compaction that failed. A blob that was stored anew meanwhile is
    /// found under its new ordinal; the old one stays for what is a difference to it.
    func restore(_ row: IndexRow, segment: UInt32, since: UInt32) {
        if row.kind == .node {
            self.nodes.withLock { nodes in
                guard nodes.table.ordinal(of: row.fingerprint) == nil else { return }
                var row = row
                row.ordinal = nodes.next
                nodes.next += 1
                _ = nodes.table.set(row, segment: segment, offset: row.offset)
            }
            return
        }
        self.blobs.withLock { table in
            guard table[row.ordinal] == nil, row.ordinal <= Limits.blobsPerStoreMax else { return }
            if table.ordinal(of: row.fingerprint) == nil {
                _ = table.set(row, segment: segment, offset: row.offset)
            } else {
                // A difference that is restored with it names it by this ordinal, and has to be decoded.
                table.store(BlobSlot(row, segment: segment, offset: row.offset), at: row.ordinal)
            }
            table.condemn(row.ordinal, since: since)
        }
    }

    /// Notes where a compaction has put a record.
    func move(_ row: IndexRow, from segment: UInt32, to new: LogLocation) {
        if row.kind.isBlob {
            self.blobs.withLock { table in
                table.move(
                    row.ordinal,
                    from: (segment, row.offset),
                    to: (new.segment, new.offset, new.bytesCount)
                )
            }
            return
        }
        if row.kind == .node {
            self.nodes.withLock { nodes in
                guard let ordinal = nodes.table.ordinal(of: row.fingerprint) else { return }
                nodes.table.move(
                    ordinal,
                    from: (segment, row.offset),
                    to: (new.segment, new.offset, new.bytesCount)
                )
            }
            return
        }
        let old = LogLocation(segment: segment, offset: row.offset, bytesCount: row.bytesCount)
        self.log.withLock { log in
            switch row.log {
            case .entry(let op, let hash, _): log.index.relocate(op, hash: hash, from: old, to: new)
            case .checkpoint(let op, _, _):
                guard let position = log.checkpoints.firstIndex(where: { $0.summary.op == op && $0.location == old })
                else { return }
                log.checkpoints[position].location = new
            case .acknowledgement, .head, nil: break
            }
        }
    }

    /// Forgets checkpoints that a compaction left behind.
    func forget(checkpoints ops: Set<Op>) {
        self.log.withLock { log in log.checkpoints.removeAll { ops.contains($0.summary.op) } }
    }

    /// Corrects the count of stored bytes after a compaction.
    func noteStored(_ stream: SegmentStream, removed: UInt64, added: UInt64) {
        self.storedBytes.withLock { bytes in
            let old = bytes[stream, default: 0]
            bytes[stream] = old - min(old, removed) + added
        }
    }
}
