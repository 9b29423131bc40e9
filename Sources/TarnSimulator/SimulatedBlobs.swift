internal import TarnCore

/// The blobs on one disk, with what a node's table knows of each: when it was last used, and whether it is condemned.
///
/// Use is remembered until the next start only. Condemnations are written down at every collection, and not taken back
/// on disk before the next one.
struct SimulatedBlobs: Sendable {
    private struct Blob: Sendable {
        var isCondemned = false
        /// When it was last used or, of a condemned one, since when it is; 0 for not since the start.
        var stamp: UInt32 = 0
    }

    /// Its order differs from process to process, so nothing may depend on it.
    private var blobs: [BlobAddress: Blob] = [:]
    /// What the last collection wrote down: condemned blobs, and since when they are.
    private var condemned: [BlobAddress: UInt32] = [:]

    func contains(_ address: BlobAddress) -> Bool { self.blobs[address] != nil }

    mutating func insert(_ address: BlobAddress, now: UInt32) {
        self.blobs[address] = Blob(isCondemned: false, stamp: now)
    }

    /// Whether the blob is here, which whoever asks may rely on; `revived` counts those that were condemned.
    mutating func use(_ address: BlobAddress, now: UInt32, revived: inout Int) -> Bool {
        guard let index = self.blobs.index(forKey: address) else { return false }
        if self.blobs.values[index].isCondemned { revived += 1 }
        self.blobs.values[index] = Blob(isCondemned: false, stamp: now)
        return true
    }

    mutating func remove(_ address: BlobAddress) { self.blobs[address] = nil }

    /// Judges every blob and writes down which are condemned; returns those that may be removed, in order.
    mutating func judge(
        _ judge: GarbageJudge,
        marks: Set<BlobAddress>,
        now: UInt32,
        pardoned: inout Int
    ) -> [BlobAddress] {
        var removable: [BlobAddress] = []
        self.condemned.removeAll(keepingCapacity: true)
        var index = self.blobs.startIndex
        while index != self.blobs.endIndex {
            let (address, blob) = self.blobs[index]
            let (verdict, isRemovable) = judge.verdict(
                isKept: marks.contains(address),
                isCondemned: blob.isCondemned,
                stamp: blob.stamp
            )
            switch verdict {
            case .leave: break
            case .pardon:
                pardoned += 1
                self.blobs.values[index] = Blob()
            case .condemn:
                let since = blob.isCondemned ? blob.stamp : now
                self.blobs.values[index] = Blob(isCondemned: true, stamp: since)
                self.condemned[address] = since
                if isRemovable { removable.append(address) }
            }
            index = self.blobs.index(after: index)
        }
        return removable.sorted()
    }

    /// Removes those of `candidates` that may still be removed, or all when it does not look again; returns what is gone.
    mutating func remove(_ candidates: [BlobAddress], by judge: GarbageJudge, looks: Bool) -> [BlobAddress] {
        var removed: [BlobAddress] = []
        for address in candidates {
            guard let blob = self.blobs[address] else { continue }
            guard !looks || judge.mayRemove(isCondemned: blob.isCondemned, stamp: blob.stamp) else { continue }
            self.blobs[address] = nil
            self.condemned[address] = nil
            removed.append(address)
        }
        return removed
    }

    /// What a starting node knows: what is condemned as of the last collection, and nothing of what was used since.
    mutating func restart() {
        var index = self.blobs.startIndex
        while index != self.blobs.endIndex {
            let since = self.condemned[self.blobs.keys[index]]
            self.blobs.values[index] = Blob(isCondemned: since != nil, stamp: since ?? 0)
            index = self.blobs.index(after: index)
        }
    }
}
