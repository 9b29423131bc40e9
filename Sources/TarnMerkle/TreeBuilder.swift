internal import TarnCore

/// Makes a tree from entries and whole nodes, given in order: the one place that decides the shape.
///
/// At each level one node may be open, that is, still collecting. A key that the boundary rule names closes the open
/// nodes of its levels. A node of an older tree may be appended whole when nothing below its end is open: the rule
/// would build it again.
struct TreeBuilder<H: SHA256Function> {
    private let rule: BoundaryRule
    private var leaf = LeafBuilder()
    /// `open[level]`: finished nodes of `level` that wait for their parent to close.
    private var open = [[TreeNode]](repeating: [], count: BoundaryRule.levelMax + 1)
    private var packer = EntryPacker<H>()

    init(rule: BoundaryRule) {
        self.rule = rule
    }

    /// Whether a node of `level` may be appended whole.
    func isAligned(to level: Int) -> Bool {
        guard self.leaf.isEmpty else { return false }
        for lower in 0..<level where !self.open[lower].isEmpty { return false }
        return true
    }

    /// Appends an entry behind everything before it.
    mutating func append(path: [UInt8], entry: Entry) {
        let hash = self.packer.pack(entry, at: path)
        let closedLevels = self.rule.closedLevels(after: path)
        path.withUnsafeBytes { key in
            self.packer.packed.withUnsafeBytes { self.leaf.append(key: key, packed: $0, hash: hash) }
        }
        if closedLevels > 0 { self.closeLeaf(closedLevels: closedLevels) }
    }

    /// Appends the current record of `reader`, which has `hash`; `closedLevels` levels end after it.
    mutating func append(record reader: LeafReader, hash: Digest, closedLevels: Int) {
        reader.withRecord { self.leaf.append(key: $0, packed: $1, hash: hash) }
        if closedLevels > 0 { self.closeLeaf(closedLevels: closedLevels) }
    }

    /// Appends a whole node, which is closed or the last thing to come. The builder is aligned to its level.
    mutating func append(node: TreeNode) {
        assert(self.isAligned(to: node.level), "a node behind an open one of a lower level")
        guard node.entryCount > 0 else { return }
        self.open[node.level].append(node)
        var level = node.level + 1
        while level < node.closedLevels {
            self.open[level].append(self.closeNode(level: level))
            level += 1
        }
    }

    /// The root of everything that was appended: the lowest node that holds all entries.
    mutating func finish() -> TreeNode {
        if !self.leaf.isEmpty { self.closeLeaf(closedLevels: 0) }
        guard let top = self.open.lastIndex(where: { !$0.isEmpty }) else { return .empty(H.self) }
        for level in 0..<top where !self.open[level].isEmpty {
            let parent = self.closeNode(level: level + 1)
            self.open[level + 1].append(parent)
        }
        var root = self.open[top].count == 1 ? self.open[top][0] : self.closeNode(level: top + 1)
        while root.level > 0, root.count == 1 { root = root.children[0] }
        return root
    }

    private mutating func closeLeaf(closedLevels: Int) {
        self.append(node: self.takeLeaf(closedLevels: closedLevels))
    }

    private mutating func takeLeaf(closedLevels: Int) -> TreeNode {
        self.leaf.finish(closedLevels: closedLevels, H.self)
    }

    /// The node of `level` over the finished nodes below it, which are taken.
    private mutating func closeNode(level: Int) -> TreeNode {
        defer { self.open[level - 1].removeAll(keepingCapacity: true) }
        return TreeNode(level: level, children: Array(self.open[level - 1]), H.self)
    }
}
