internal import TarnCore

/// Steps through the records of a leaf: `shared, suffix length, suffix, packed length, packed`, where `shared` bytes of
/// the key are those of the key before.
struct LeafReader {
    /// The leaf's records.
    let records: [UInt8]
    /// The key of the current record.
    private(set) var key: [UInt8] = []
    /// Where the current record's packed entry stands in ``records``.
    private(set) var packed: Range<Int> = 0..<0
    /// Index of the current record; -1 before the first.
    private(set) var index = -1
    private var offset = 0

    init(_ records: [UInt8]) {
        self.records = records
    }

    /// Moves to the next record; false when there is none.
    mutating func next() -> Bool {
        guard self.offset < self.records.count else { return false }
        self.records.withUnsafeBytes { bytes in
            var reader = TrustedReader(bytes, at: self.offset)
            let shared = reader.count()
            let suffix = reader.lengthPrefixed()
            self.key.removeSubrange(shared...)
            self.key.append(contentsOf: suffix)
            self.finishRecord(&reader)
        }
        self.index += 1
        return true
    }

    /// Moves forward to the first record at or after `target`, which is after the current key; false when there is
    /// none.
    mutating func seek(_ target: UnsafeRawBufferPointer) -> Bool {
        let shared = self.key.withUnsafeBytes { Bytes.sharedPrefixCount($0, target) }
        let place = self.records.withUnsafeBytes {
            LeafPlace(of: target, in: $0, from: self.offset, index: self.index + 1, sharing: shared)
        }
        self.offset = place.record.upperBound
        self.index = place.index
        guard !place.record.isEmpty else { return false }
        self.key = place.foundKey
        self.packed = place.packed
        return true
    }

    /// Calls `body` with the packed entry at exactly `key`; nil when `records` has none. Allocates nothing.
    static func withPacked<Result>(
        in records: [UInt8],
        at key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        records.withUnsafeBytes { bytes in
            var matched = 0
            var reader = TrustedReader(bytes)
            while !reader.isAtEnd {
                let shared = reader.count()
                let suffix = reader.lengthPrefixed()
                let packedCount = reader.count()
                if shared < matched { return nil }
                if shared == matched {
                    let rest = UnsafeRawBufferPointer(rebasing: key[shared...])
                    let more = Bytes.sharedPrefixCount(suffix, rest)
                    if more == rest.count { return more == suffix.count ? body(reader.slice(packedCount)) : nil }
                    if more < suffix.count, suffix[more] > rest[more] { return nil }
                    matched += more
                }
                reader.offset += packedCount
            }
            return nil
        }
    }

    /// Calls `body` with the current record's key and packed entry.
    func withRecord<Result>(
        _ body: (_ key: UnsafeRawBufferPointer, _ packed: UnsafeRawBufferPointer) -> Result
    ) -> Result {
        self.records.withUnsafeBytes { bytes in
            self.key.withUnsafeBytes { body($0, UnsafeRawBufferPointer(rebasing: bytes[self.packed])) }
        }
    }

    /// The current record's entry.
    var entry: Entry {
        self.withRecord { PackedEntry.decode($1) }
    }

    private mutating func finishRecord(_ reader: inout TrustedReader) {
        let count = reader.count()
        self.packed = reader.offset..<reader.offset + count
        self.offset = self.packed.upperBound
    }
}
