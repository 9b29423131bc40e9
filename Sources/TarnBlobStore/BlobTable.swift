internal import TarnCore
internal import TarnSegment

/// Where every blob lies, in memory: 24 bytes a blob in pages by ordinal, and 4 to 8 in an open-addressing index by
/// fingerprint.
///
/// Rebuilt from footers when the store is opened; there is no copy of it on disk.
struct BlobTable {
    static let pageCount = 4_096

    var pages: ContiguousArray<ContiguousArray<BlobSlot>> = []
    /// Ordinal + 1 by the low bits of the fingerprint, linear probing; 0 is free. A power of two, at most 70% full.
    var index: ContiguousArray<UInt32>
    /// When somebody was last told that the blob is here, or, of a condemned one, since when it is: seconds since 1970,
    /// 0 for never. Pages are made when needed.
    var stamps: ContiguousArray<ContiguousArray<UInt32>> = []
    /// Distinct fingerprints, suspects included.
    var used = 0
    var suspectCount = 0
    var rawBytesCount: UInt64 = 0

    init() {
        self.index = ContiguousArray(repeating: 0, count: 1_024)
    }

    /// Blobs that are present: neither absent nor suspect.
    var count: Int { self.used - self.suspectCount }

    /// The slot of `ordinal`, or nil when no record has it.
    subscript(ordinal: UInt64) -> BlobSlot? {
        let page = Int(ordinal) / Self.pageCount
        guard ordinal <= Limits.blobsPerStoreMax, page < self.pages.count, !self.pages[page].isEmpty else { return nil }
        let slot = self.pages[page][Int(ordinal) % Self.pageCount]
        return slot.isEmpty ? nil : slot
    }

    /// The ordinal of the blob with this fingerprint, suspect or not.
    func ordinal(of fingerprint: Fingerprint) -> UInt64? {
        let found = self.index[self.position(of: fingerprint)]
        return found == 0 ? nil : UInt64(found - 1)
    }

    /// Sets where the blob `row` lies; a newer place replaces an older one. Returns false when its ordinal is beyond
    /// the table.
    mutating func set(_ row: IndexRow, segment: UInt32, offset: UInt32) -> Bool {
        guard row.ordinal <= Limits.blobsPerStoreMax else { return false }
        let slot = BlobSlot(row, segment: segment, offset: offset)
        let position = self.position(of: row.fingerprint)
        if self.index[position] == 0 {
            self.used += 1
            self.rawBytesCount += UInt64(row.rawBytesCount)
        } else if let old = self[UInt64(self.index[position] - 1)], old.isSuspect {
            self.suspectCount -= 1
        }
        self.store(slot, at: row.ordinal)
        self.index[position] = UInt32(row.ordinal + 1)
        if self.used * 10 > self.index.count * 7 { self.grow() }
        return true
    }

    /// Remembers that the blob cannot be read, or can again. Nothing happens when its record was replaced meanwhile.
    mutating func setSuspect(_ isSuspect: Bool, ordinal: UInt64, slot expected: BlobSlot) {
        guard var slot = self[ordinal], slot.segment == expected.segment, slot.offset == expected.offset,
            slot.isSuspect != isSuspect
        else { return }
        slot.isSuspect = isSuspect
        self.store(slot, at: ordinal)
        guard self.ordinal(of: slot.fingerprint) == ordinal else { return }
        self.suspectCount += isSuspect ? 1 : -1
    }

    /// The ordinals of all blobs.
    func ordinals() -> [UInt32] {
        var out: [UInt32] = []
        out.reserveCapacity(self.used)
        for (number, page) in self.pages.enumerated() {
            for (position, slot) in page.enumerated() where !slot.isEmpty {
                out.append(UInt32(number * Self.pageCount + position))
            }
        }
        return out
    }

    mutating func store(_ slot: BlobSlot, at ordinal: UInt64) {
        let page = Int(ordinal) / Self.pageCount
        if page >= self.pages.count {
            self.pages.append(contentsOf: repeatElement([], count: page + 1 - self.pages.count))
        }
        if self.pages[page].isEmpty { self.pages[page] = ContiguousArray(repeating: .empty, count: Self.pageCount) }
        self.pages[page][Int(ordinal) % Self.pageCount] = slot
    }

    /// Where `fingerprint` is in the index, or where it would go.
    func position(of fingerprint: Fingerprint) -> Int {
        let mask = self.index.count - 1
        var position = Int(truncatingIfNeeded: fingerprint.high) & mask
        while self.index[position] != 0 {
            let ordinal = Int(self.index[position] - 1)
            let slot = self.pages[ordinal / Self.pageCount][ordinal % Self.pageCount]
            if slot.fingerprint == fingerprint { return position }
            position = (position + 1) & mask
        }
        return position
    }

    private mutating func grow() {
        let old = self.index
        self.index = ContiguousArray(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 {
            let ordinal = Int(entry - 1)
            let slot = self.pages[ordinal / Self.pageCount][ordinal % Self.pageCount]
            self.index[self.position(of: slot.fingerprint)] = entry
        }
    }
}
