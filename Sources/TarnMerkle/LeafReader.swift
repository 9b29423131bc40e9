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
    ///
    /// Works on the compressed keys: `matched` is how much of `target` the key before has, and a record that shares
    /// more than that with the key before is on the same side of `target` as it.
    mutating func seek(_ target: UnsafeRawBufferPointer) -> Bool {
        self.records.withUnsafeBytes { bytes in
            var matched = self.key.withUnsafeBytes { Bytes.sharedPrefixCount($0, target) }
            var reader = TrustedReader(bytes, at: self.offset)
            while !reader.isAtEnd {
                let shared = reader.count()
                let suffix = reader.lengthPrefixed()
                self.index += 1
                if shared <= matched {
                    let rest = UnsafeRawBufferPointer(rebasing: target[shared...])
                    let more = Bytes.sharedPrefixCount(suffix, rest)
                    let isBefore = more < rest.count && (more == suffix.count || suffix[more] < rest[more])
                    if !isBefore {
                        self.key.removeAll(keepingCapacity: true)
                        self.key.append(contentsOf: target[..<shared])
                        self.key.append(contentsOf: suffix)
                        self.finishRecord(&reader)
                        return true
                    }
                    matched = shared + more
                }
                let packedCount = reader.count()
                reader.offset += packedCount
            }
            self.offset = bytes.count
            return false
        }
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
