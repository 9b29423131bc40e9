internal import TarnCore

/// Where a key stands in a leaf, or would stand: the record at or behind it.
struct LeafPlace {
    /// Bytes of the key that the record before has in common with it.
    private(set) var sharedCount: Int
    /// Index of the record; the count of records when all are before the key.
    private(set) var index: Int
    /// Where the record stands in the leaf's bytes; empty at their end.
    private(set) var record: Range<Int>
    /// Where the part of it that stands for its key stands.
    private(set) var head: Range<Int>
    /// Where its packed entry stands.
    private(set) var packed: Range<Int>
    /// The record's key; empty when there is none.
    private(set) var foundKey: [UInt8] = []

    /// Looks for `target` in `bytes`, a leaf's records, from the one at `offset` on, which has `index`; the record before
    /// that shares `sharedCount` bytes with `target` and is before it.
    ///
    /// Works on the compressed keys: a record that shares more with the one before it than that has in common with
    /// `target` is on the same side of `target` as it.
    init(
        of target: UnsafeRawBufferPointer,
        in bytes: UnsafeRawBufferPointer,
        from offset: Int = 0,
        index: Int = 0,
        sharing sharedCount: Int = 0
    ) {
        self.sharedCount = sharedCount
        self.index = index
        self.record = bytes.count..<bytes.count
        self.head = self.record
        self.packed = self.record
        var reader = TrustedReader(bytes, at: offset)
        while !reader.isAtEnd {
            let start = reader.offset
            let shared = reader.count()
            let suffix = reader.lengthPrefixed()
            let head = start..<reader.offset
            let packedCount = reader.count()
            let packedStart = reader.offset
            reader.offset += packedCount
            if shared <= self.sharedCount {
                let rest = UnsafeRawBufferPointer(rebasing: target[shared...])
                let more = Bytes.sharedPrefixCount(suffix, rest)
                let isBefore = more < rest.count && (more == suffix.count || suffix[more] < rest[more])
                if !isBefore {
                    self.foundKey.reserveCapacity(shared + suffix.count)
                    self.foundKey.append(contentsOf: target[..<shared])
                    self.foundKey.append(contentsOf: suffix)
                    self.record = start..<reader.offset
                    self.head = head
                    self.packed = packedStart..<reader.offset
                    return
                }
                self.sharedCount = shared + more
            }
            self.index += 1
        }
    }
}
