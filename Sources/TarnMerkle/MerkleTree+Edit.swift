internal import TarnCore

extension MerkleTree {
    /// Applies `edits`, sorted by path and without repeats. Builds anew the leaves that they touch and the nodes above
    /// those; a few edits that leave the ends of all nodes where they are cost less.
    package mutating func apply(_ edits: [TreeEdit]) {
        guard !edits.isEmpty else { return }
        assert(zip(edits, edits.dropFirst()).allSatisfy { $0.path < $1.path }, "edits are sorted and unique")
        if edits.count <= Limits.editsInPlaceMax, let edited = self.editedInPlace(edits) {
            self = edited
        } else {
            self.rebuild(edits)
        }
    }

    /// Applies `edits` whatever they do to the ends of nodes.
    mutating func rebuild(_ edits: [TreeEdit]) {
        var builder = TreeBuilder<H>(rule: self.rule)
        Self.rebuild(self.top, edits[...], into: &builder)
        self.top = builder.finish()
    }

    /// Removes every entry at or after `start` and before `end`; costs the depth of the tree, not what is removed.
    mutating func remove(from start: [UInt8], below end: [UInt8]) {
        var builder = TreeBuilder<H>(rule: self.rule)
        Self.keep(self.top, after: [], outside: (start, end), into: &builder)
        self.top = builder.finish()
    }

    /// Appends `node` with `edits`, all of which belong to its keys, to the builder.
    private static func rebuild(_ node: TreeNode, _ edits: ArraySlice<TreeEdit>, into builder: inout TreeBuilder<H>) {
        if edits.isEmpty, builder.isAligned(to: node.level) {
            builder.append(node: node)
            return
        }
        guard node.level > 0 else {
            Self.rebuildLeaf(node, edits, into: &builder)
            return
        }
        var rest = edits
        for (index, child) in node.children.enumerated() {
            // What comes behind the last key belongs to the last child: nothing else could hold it.
            let isLast = index == node.children.count - 1
            let end = isLast ? rest.endIndex : Self.firstIndex(in: rest, after: child.lastKey)
            Self.rebuild(child, rest[rest.startIndex..<end], into: &builder)
            rest = rest[end...]
        }
    }

    private static func rebuildLeaf(_ leaf: TreeNode, _ edits: ArraySlice<TreeEdit>, into builder: inout TreeBuilder<H>)
    {
        var reader = LeafReader(leaf.records)
        var next = edits.startIndex
        while reader.next() {
            var isReplaced = false
            while next < edits.endIndex {
                let order = edits[next].path.utf8.withUnsafeBytes { path in
                    reader.key.withUnsafeBytes { Bytes.compare(path, $0) }
                }
                guard order <= 0 else { break }
                isReplaced = order == 0
                if let entry = edits[next].entry { builder.append(path: edits[next].path.utf8, entry: entry) }
                next += 1
            }
            guard !isReplaced else { continue }
            // A key inside a leaf ends nothing, else the leaf would have ended there.
            let isLast = reader.index == leaf.hashes.count - 1
            builder.append(
                record: reader,
                hash: leaf.hashes[reader.index],
                closedLevels: isLast ? leaf.closedLevels : 0
            )
        }
        for edit in edits[next...] {
            if let entry = edit.entry { builder.append(path: edit.path.utf8, entry: entry) }
        }
    }

    /// Index of the first edit behind `key`.
    static func firstIndex(in edits: ArraySlice<TreeEdit>, after key: [UInt8]) -> Int {
        var low = edits.startIndex
        var high = edits.endIndex
        // Most children have no edit at all: look at the first one before searching.
        guard low < high, !Bytes.isLess(key, edits[low].path.utf8) else { return low }
        while low < high {
            let middle = (low + high) / 2
            if Bytes.isLess(key, edits[middle].path.utf8) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Appends what stands in `node` outside of the range; every key of the node is greater than `lower`.
    private static func keep(
        _ node: TreeNode,
        after lower: [UInt8],
        outside range: (start: [UInt8], end: [UInt8]),
        into builder: inout TreeBuilder<H>
    ) {
        let isBefore = Bytes.isLess(node.lastKey, range.start)
        // Keys are greater than `lower`, so one at or behind the start of the range puts all of them behind it.
        let isInside = !Bytes.isLess(lower, range.start) && Bytes.isLess(node.lastKey, range.end)
        let isBehind = !Bytes.isLess(lower, range.end)
        if isInside { return }
        if isBefore || isBehind {
            Self.rebuild(node, [], into: &builder)
            return
        }
        if node.level > 0 {
            var lower = lower
            for child in node.children {
                Self.keep(child, after: lower, outside: range, into: &builder)
                lower = child.lastKey
            }
            return
        }
        var reader = LeafReader(node.records)
        while reader.next() {
            guard Bytes.isLess(reader.key, range.start) || !Bytes.isLess(reader.key, range.end) else { continue }
            let isLast = reader.index == node.hashes.count - 1
            builder.append(
                record: reader,
                hash: node.hashes[reader.index],
                closedLevels: isLast ? node.closedLevels : 0
            )
        }
    }
}
