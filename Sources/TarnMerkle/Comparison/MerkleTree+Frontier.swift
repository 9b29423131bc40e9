internal import TarnCore

extension MerkleTree {
    /// The level at which a comparison begins: below the top node, which a root has compared already.
    var startLevel: Int { self.top.level - 1 }

    /// The nodes of `level`, or the entries, that have keys in `range`, in order, at most `limit` of them. Of a tree
    /// that is not as high it is the top node.
    func members(of level: Int, in range: KeyRange, limit: Int = .max) -> [FrontierMember] {
        var out: [FrontierMember] = []
        guard self.top.entryCount > 0 else { return out }
        _ = Self.collect(self.top, level, range, limit, &out)
        return out
    }

    /// The entries in `range`, with their hashes.
    func entries(in range: KeyRange) -> [(path: NamespacePath, entry: Entry, hash: Digest)] {
        var out: [(path: NamespacePath, entry: Entry, hash: Digest)] = []
        guard self.top.entryCount > 0 else { return out }
        _ = Self.visitLeaves(self.top, range) { leaf in
            var reader = LeafReader(leaf.records)
            while reader.next() {
                guard range.contains(reader.key) else { continue }
                out.append((NamespacePath(unchecked: reader.key), reader.entry, leaf.hashes[reader.index]))
            }
            return true
        }
        return out
    }

    /// False once enough was collected.
    private static func collect(
        _ node: TreeNode,
        _ level: Int,
        _ range: KeyRange,
        _ limit: Int,
        _ out: inout [FrontierMember]
    ) -> Bool {
        if level == Frontier.entryLevel, node.level == 0 {
            var reader = LeafReader(node.records)
            while reader.next() {
                guard range.contains(reader.key) else { continue }
                guard out.count < limit else { return false }
                out.append(
                    FrontierMember(digest: node.hashes[reader.index], firstKey: reader.key, lastKey: reader.key)
                )
            }
            return true
        }
        if node.level <= level {
            guard out.count < limit else { return false }
            out.append(FrontierMember(digest: node.childHash, firstKey: Self.firstKey(of: node), lastKey: node.lastKey))
            return true
        }
        for child in self.children(of: node, in: range) {
            guard self.collect(child, level, range, limit, &out) else { return false }
        }
        return true
    }

    private static func visitLeaves(_ node: TreeNode, _ range: KeyRange, _ body: (TreeNode) -> Bool) -> Bool {
        if node.level == 0 { return body(node) }
        for child in self.children(of: node, in: range) {
            guard self.visitLeaves(child, range, body) else { return false }
        }
        return true
    }

    /// The children that may have keys in `range`.
    private static func children(of node: TreeNode, in range: KeyRange) -> ArraySlice<TreeNode> {
        let start = range.lower.withUnsafeBytes { node.childIndex(for: $0) }
        guard start < node.children.count else { return [] }
        guard let upper = range.upper else { return node.children[start...] }
        // The child over the last key before `upper` may begin before it, too.
        let end = upper.withUnsafeBytes { node.childIndex(for: $0) }
        guard end < node.children.count else { return node.children[start...] }
        let isInside = KeyRange.precedes(self.firstKey(of: node.children[end]), upper)
        // A peer may ask for a range that ends before it begins.
        return node.children[start..<max(start, isInside ? end + 1 : end)]
    }

    private static func firstKey(of node: TreeNode) -> [UInt8] {
        var node = node
        while let first = node.children.first { node = first }
        var reader = LeafReader(node.records)
        return reader.next() ? reader.key : []
    }
}
