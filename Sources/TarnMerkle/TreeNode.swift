internal import TarnCore

/// One immutable node of the tree, shared by every tree value that holds it.
///
/// A leaf packs its entries into one buffer; an inner node holds its children, which know their own last key. Both keep
/// the hashes of their members, so that an update hashes only what changed.
final class TreeNode: Sendable {
    /// 0 for a leaf.
    let level: Int
    /// A leaf's entries, prefix-compressed and packed (``LeafReader``); empty for an inner node.
    let records: [UInt8]
    /// The hashes of its members, entries or children, in order: the leaves of its tree hash.
    let hashes: [Digest]
    /// What is between those and the tree hash, kept by nodes that were edited: they will be again.
    let rows: HashRows?
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
        rows: HashRows? = nil,
        lastKey: [UInt8],
        closedLevels: Int,
        contentBytesCount: UInt64,
        _: H.Type
    ) {
        self.level = 0
        self.records = records
        self.hashes = hashes
        self.rows = rows
        self.children = []
        self.lastKey = lastKey
        self.closedLevels = closedLevels
        self.entryCount = hashes.count
        self.contentBytesCount = contentBytesCount
        let tree = rows?.root(of: hashes) ?? NodeHash.tree(hashes[...], H.self)
        self.digest = NodeHash.node(level: 0, count: hashes.count, tree: tree, H.self)
        self.childHash = NodeHash.child(
            lastKeyHash: H.digest(lastKey),
            digest: self.digest,
            entryCount: UInt64(hashes.count),
            contentBytesCount: contentBytesCount,
            H.self
        )
    }

    /// The parent of `children`, all of them of `level` - 1; there is at least one.
    convenience init<H: SHA256Function>(level: Int, children: [TreeNode], _: H.Type) {
        precondition(!children.isEmpty && children.allSatisfy { $0.level == level - 1 }, "children of another level")
        var entryCount = 0
        var contentBytesCount: UInt64 = 0
        for child in children {
            entryCount += child.entryCount
            contentBytesCount &+= child.contentBytesCount
        }
        self.init(
            children: children,
            hashes: children.map(\.childHash),
            rows: nil,
            entryCount: entryCount,
            contentBytesCount: contentBytesCount,
            H.self
        )
    }

    /// The inner node `node` with `child`, of the same level as what it replaces, at `index`.
    convenience init<H: SHA256Function>(_ node: TreeNode, replacing index: Int, with child: TreeNode, _: H.Type) {
        let old = node.children[index]
        precondition(child.level == old.level, "a child of another level")
        var children = node.children
        var hashes = node.hashes
        children[index] = child
        hashes[index] = child.childHash
        self.init(
            children: children,
            hashes: hashes,
            rows: node.rows.map { HashRows(hashes, replacing: index, of: $0, H.self) } ?? HashRows(hashes, H.self),
            entryCount: node.entryCount - old.entryCount + child.entryCount,
            contentBytesCount: node.contentBytesCount &- old.contentBytesCount &+ child.contentBytesCount,
            H.self
        )
    }

    /// An inner node; the arguments fit together.
    private init<H: SHA256Function>(
        children: [TreeNode],
        hashes: [Digest],
        rows: HashRows?,
        entryCount: Int,
        contentBytesCount: UInt64,
        _: H.Type
    ) {
        let last = children[children.count - 1]
        self.level = last.level + 1
        self.records = []
        self.hashes = hashes
        self.rows = rows
        self.children = children
        self.lastKey = last.lastKey
        self.closedLevels = last.closedLevels
        self.entryCount = entryCount
        self.contentBytesCount = contentBytesCount
        let tree = rows?.root(of: hashes) ?? NodeHash.tree(hashes[...], H.self)
        self.digest = NodeHash.node(level: self.level, count: children.count, tree: tree, H.self)
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
    var count: Int { self.hashes.count }

    /// Whether this node ends at its own level whatever comes behind it; only the last node of a level may be open.
    var isClosed: Bool { self.closedLevels > self.level }

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
