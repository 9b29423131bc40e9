internal import TarnCore

/// Packs entries, given in order, into the next leaf.
struct LeafBuilder {
    private var records: [UInt8] = []
    private var hashes: [Digest] = []
    private var lastKey: [UInt8] = []
    private var contentBytesCount: UInt64 = 0

    var isEmpty: Bool { self.hashes.isEmpty }

    /// Appends an entry whose key is greater than every key before it.
    mutating func append(key: UnsafeRawBufferPointer, packed: UnsafeRawBufferPointer, hash: Digest) {
        let shared = self.lastKey.withUnsafeBytes { Bytes.sharedPrefixCount($0, key) }
        PackedEntry.append(UInt64(shared), to: &self.records)
        PackedEntry.append(UInt64(key.count - shared), to: &self.records)
        self.records.append(contentsOf: UnsafeRawBufferPointer(rebasing: key[shared...]))
        PackedEntry.append(UInt64(packed.count), to: &self.records)
        self.records.append(contentsOf: packed)
        self.hashes.append(hash)
        self.lastKey.removeSubrange(shared...)
        self.lastKey.append(contentsOf: UnsafeRawBufferPointer(rebasing: key[shared...]))
        self.contentBytesCount &+= PackedEntry.contentBytesCount(packed)
    }

    /// The leaf of everything appended since the last one, in memory of exactly its size.
    mutating func finish<H: SHA256Function>(closedLevels: Int, _: H.Type) -> TreeNode {
        defer {
            self.records.removeAll(keepingCapacity: true)
            self.hashes.removeAll(keepingCapacity: true)
            self.lastKey.removeAll(keepingCapacity: true)
            self.contentBytesCount = 0
        }
        return TreeNode(
            records: Self.exactCopy(self.records),
            hashes: Self.exactCopy(self.hashes),
            lastKey: Self.exactCopy(self.lastKey),
            closedLevels: closedLevels,
            contentBytesCount: self.contentBytesCount,
            H.self
        )
    }

    private static func exactCopy<Element>(_ elements: [Element]) -> [Element] {
        [Element](unsafeUninitializedCapacity: elements.count) { buffer, count in
            (_, count) = buffer.initialize(from: elements)
        }
    }
}
