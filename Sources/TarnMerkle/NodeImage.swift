package import TarnCore

/// The stored form of a tree node, parsed as far as that needs no other node (`ops/formats/merkle-index.md`).
///
/// `version, level, count`, then the members with prefix-compressed keys: packed entries in a leaf; hash, entries and
/// bytes of each child in an inner node.
package struct NodeImage: Sendable {
    /// A child as its parent names it.
    package struct Child: Hashable, Sendable {
        /// The greatest key at or below the child.
        package let lastKey: [UInt8]
        /// The hash under which the child is stored.
        package let digest: Digest
        /// Entries at or below the child.
        package let entryCount: UInt64
        /// Content bytes of all of them, modulo 2^64.
        package let contentBytesCount: UInt64
    }

    /// A leaf's entry, still packed.
    struct Record {
        let key: [UInt8]
        let packed: ArraySlice<UInt8>
    }

    /// 0 for a leaf.
    package let level: Int
    /// An inner node's children, in order; empty for a leaf.
    package let children: [Child]
    /// A leaf's entries, in order; empty for an inner node.
    let records: [Record]

    /// No node is larger: entries of the greatest size would have to fall into one leaf 3,000 times in a row.
    package static let bytesMax = 16 << 20
    static let version: UInt8 = 1
    /// What a member takes in memory beside its key.
    private static let memberOverhead = 128

    /// Parses `bytes`; throws ``CoreError`` with code `malformed` for anything but the form that ``encode(_:)`` writes,
    /// as far as one node shows it.
    package init(decoding bytes: [UInt8]) throws(CoreError) {
        guard bytes.count <= Self.bytesMax else {
            throw CoreError(.malformed, "\(bytes.count) bytes; a node has at most \(Self.bytesMax)")
        }
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "node of unknown version \(version)") }
        self.level = Int(try reader.readByte())
        guard self.level <= BoundaryRule.levelMax else {
            throw CoreError(.malformed, "node of unknown level \(self.level)")
        }
        // Every member takes more than two bytes, so the count is bounded by what is really there.
        let count = try reader.readCount(max: reader.remaining / 2)
        var children: [Child] = []
        var records: [Record] = []
        var key: [UInt8] = []
        var room = Limits.nodeExpandedBytesMax
        for _ in 0..<count {
            key = try Self.readKey(after: key, &reader)
            room -= key.count + Self.memberOverhead
            guard room >= 0 else {
                throw CoreError(.malformed, "keys that take more than \(Limits.nodeExpandedBytesMax) bytes")
            }
            if self.level == 0 {
                records.append(Record(key: key, packed: try reader.readBytes(max: reader.remaining)))
            } else {
                children.append(
                    Child(
                        lastKey: key,
                        digest: try reader.readDigest(),
                        entryCount: try reader.readUInt64(),
                        contentBytesCount: try reader.readUInt64()
                    )
                )
            }
        }
        try reader.expectEnd()
        guard self.level == 0 || !children.isEmpty else { throw CoreError(.malformed, "inner node without children") }
        self.children = children
        self.records = records
    }

    /// The stored form of `node`.
    static func encode(_ node: TreeNode) -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: node.records.count + node.children.count * 96 + 8)
        writer.write(byte: Self.version)
        writer.write(byte: UInt8(node.level))
        writer.write(count: node.count)
        writer.write(raw: node.records)
        var key: [UInt8] = []
        for child in node.children {
            let shared = key.withUnsafeBytes { key in child.lastKey.withUnsafeBytes { Bytes.sharedPrefixCount(key, $0) }
            }
            writer.write(count: shared)
            writer.write(bytes: child.lastKey[shared...])
            writer.write(child.digest)
            writer.write(UInt64(child.entryCount))
            writer.write(child.contentBytesCount)
            key = child.lastKey
        }
        return writer.bytes
    }

    /// A key that ascends from `key` and shares with it exactly what it says.
    private static func readKey(after key: [UInt8], _ reader: inout CanonicalReader) throws(CoreError) -> [UInt8] {
        let shared = try reader.readCount(max: key.count)
        let suffix = try reader.readBytes(max: Limits.pathBytesMax - shared)
        guard let first = suffix.first, shared == key.count || key[shared] < first else {
            throw CoreError(.malformed, "keys do not ascend, or share more than they say")
        }
        return Array(key[..<shared]) + suffix
    }
}
