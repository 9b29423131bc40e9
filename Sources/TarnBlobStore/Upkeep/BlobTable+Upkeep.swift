internal import TarnCore
internal import TarnSegment

/// What becomes of a blob: used, condemned, used again or removed; and moved by compaction.
extension BlobTable {
    /// Notes that somebody may rely on the blob from now on: it is condemned no longer.
    mutating func touch(_ ordinal: UInt64, now: UInt32) {
        self.setStamp(now, at: ordinal)
        guard var slot = self[ordinal], slot.isCondemned else { return }
        slot.isCondemned = false
        self.store(slot, at: ordinal)
    }

    /// Since when the blob is condemned, or when it was last used; 0 for not since the store was opened.
    func stamp(of ordinal: UInt64) -> UInt32 {
        let page = Int(ordinal) / Self.pageCount
        guard page < self.stamps.count, !self.stamps[page].isEmpty else { return 0 }
        return self.stamps[page][Int(ordinal) % Self.pageCount]
    }

    /// Condemns the blob as of `since`, unless it is already.
    mutating func condemn(_ ordinal: UInt64, since: UInt32) {
        guard var slot = self[ordinal], !slot.isCondemned else { return }
        slot.isCondemned = true
        self.store(slot, at: ordinal)
        self.setStamp(since, at: ordinal)
    }

    /// Takes a condemnation back: something that is kept needs the blob again.
    mutating func pardon(_ ordinal: UInt64) {
        guard var slot = self[ordinal], slot.isCondemned else { return }
        slot.isCondemned = false
        self.store(slot, at: ordinal)
        self.setStamp(0, at: ordinal)
    }

    /// Says that the blob lies elsewhere now; nothing happens when it did not lie at `old` any more.
    mutating func move(
        _ ordinal: UInt64,
        from old: (segment: UInt32, offset: UInt32),
        to new: (segment: UInt32, offset: UInt32, bytesCount: UInt32)
    ) {
        guard let slot = self[ordinal], slot.segment == old.segment, slot.offset == old.offset else { return }
        self.store(
            slot.moved(toSegment: new.segment, offset: new.offset, bytesCount: new.bytesCount),
            at: ordinal
        )
    }

    /// Forgets the blob: it is absent from now on, and its next copy gets another ordinal.
    mutating func remove(_ ordinal: UInt64) {
        guard let slot = self[ordinal] else { return }
        let position = self.position(of: slot.fingerprint)
        let isIndexed = self.index[position] == UInt32(ordinal + 1)
        if isIndexed {
            self.used -= 1
            self.rawBytesCount -= min(self.rawBytesCount, UInt64(slot.rawBytesCount))
            if slot.isSuspect { self.suspectCount -= 1 }
            self.vacate(position)
        }
        self.store(.empty, at: ordinal)
    }

    /// Empties a place of the index and closes the gap: what was displaced past it moves back.
    private mutating func vacate(_ position: Int) {
        let mask = self.index.count - 1
        var hole = position
        self.index[hole] = 0
        var next = (hole + 1) & mask
        while self.index[next] != 0 {
            let ordinal = Int(self.index[next] - 1)
            let fingerprint = self.pages[ordinal / Self.pageCount][ordinal % Self.pageCount].fingerprint
            let home = Int(truncatingIfNeeded: fingerprint.high) & mask
            if (next - home) & mask >= (next - hole) & mask {
                self.index[hole] = self.index[next]
                self.index[next] = 0
                hole = next
            }
            next = (next + 1) & mask
        }
    }

    private mutating func setStamp(_ stamp: UInt32, at ordinal: UInt64) {
        let page = Int(ordinal) / Self.pageCount
        if page >= self.stamps.count {
            guard stamp > 0 else { return }
            self.stamps.append(contentsOf: repeatElement([], count: page + 1 - self.stamps.count))
        }
        if self.stamps[page].isEmpty { self.stamps[page] = ContiguousArray(repeating: 0, count: Self.pageCount) }
        self.stamps[page][Int(ordinal) % Self.pageCount] = stamp
    }
}
