internal import TarnCore

/// One immutable node of the tree, shared by every tree value that holds it.
///
/// A leaf packs its entries into one buffer and keeps their hashes, so that an update hashes only what changed; an
/// inner node holds its children, which know their own last key and hash.
final class TreeNode: Sendable {
    /// 0 for a leaf.
    let level: Int
    /// A leaf's entries, prefix-compressed and packed (``LeafReader``); empty for an inner node.
    let records: [UInt8]
    /// A leaf's entry hashes, in order; empty for an inner node.
    let hashes: [Digest]
    /// An inner node's children, in order; empty for a leaf.
    let children: [TreeNode]

    /// The hash that names this node.
    let digest: Digest
    /// The hash of this node as it stands in its parent.
    let childHash: Digest
    /// The greatest key at or below this node; empty for the empty leaf.
    let lastKey: [UInt8]
    /// How many levels have a node that ends after ``lastKey``.
    let closedLevels: Int
    /// Entries at or below this node.
    let entryCount: Int
    /// Content bytes of all of them, modulo 2^64.
    let contentBytesCount: UInt64

    /// A leaf; the arguments fit together.
    init<H: SHA256Function>(
        records: [UInt8],
        hashes: [Digest],
        lastKey: [UInt8],
        closedLevels: Int,
        contentBytesCount: UInt64,
        _: H.Type
    ) {
        self.level = 0
        self.records = records
        self.hashes = hashes
        self.children = []
        self.lastKey = lastKey
        self.closedLevels = closedLevels
        self.entryCount = hashes.count
        self.contentBytesCount = contentBytesCount
        self.digest = NodeHash.node(level: 0, count: hashes.count, tree: NodeHash.tree(hashes[...], H.self), H.self)
        self.childHash = NodeHash.child(
            lastKeyHash: H.digest(lastKey),
            digest: self.digest,
            entryCount: UInt64(hashes.count),
            contentBytesCount: contentBytesCount,
            H.self
        )
    }

    /// The parent of `children`, all of them of `level` - 1; there is at least one.
    init<H: SHA256Function>(level: Int, children: [TreeNode], _: H.Type) {
        precondition(!children.isEmpty && children.allSatisfy { $0.level == level - 1 }, "children of another level")
        let last = children[children.count - 1]
        var entryCount = 0
        var contentBytesCount: UInt64 = 0
        for child in children {
            entryCount += child.entryCount
            contentBytesCount &+= child.contentBytesCount
        }
        self.level = level
        self.records = []
        self.hashes = []
        self.children = children
        self.lastKey = last.lastKey
        self.closedLevels = last.closedLevels
        self.entryCount = entryCount
        self.contentBytesCount = contentBytesCount
        let tree = NodeHash.tree(children.map(\.childHash)[...], H.self)
        self.digest = NodeHash.node(level: level, count: children.count, tree: tree, H.self)
        self.childHash = NodeHash.child(
            lastKeyHash: H.digest(self.lastKey),
            digest: self.digest,
            entryCount: UInt64(entryCount),
            contentBytesCount: contentBytesCount,
            H.self
        )
    }

    /// The root of a tree without entries.
    static func empty<H: SHA256Function>(_: H.Type) -> TreeNode {
        TreeNode(records: [], hashes: [], lastKey: [], closedLevels: 0, contentBytesCount: 0, H.self)
    }

    /// Entries of a leaf, children of an inner node.
    var count: Int { self.level == 0 ? self.hashes.count : self.children.count }

    /// Whether this node ends at its own level whatever comes behind it; only the last node of a level may be open.
    var isClosed: Bool { self.closedLevels > self.level }

    /// Hashes of the entries or children, in order: the leaves of this node's tree hash.
    var memberHashes: [Digest] { self.level == 0 ? self.hashes : self.children.map(\.childHash) }

    /// Index of the first child whose last key is at or after `key`; the count of children when there is none.
    func childIndex(for key: UnsafeRawBufferPointer) -> Int {
        var low = 0
        var high = self.children.count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = self.children[middle].lastKey.withUnsafeBytes { Bytes.compare($0, key) < 0 }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
