internal import TarnCore

/// Edits that leave the ends of all nodes where they are, as most single ones do: the nodes on the way to them are
/// copied with one member exchanged, and hashed as far as that member reaches.
extension MerkleTree {
    /// The tree with `edits`, sorted by path and without repeats; nil when they would make a node end elsewhere.
    func editedInPlace(_ edits: [TreeEdit]) -> MerkleTree? {
        var packer = EntryPacker<H>()
        return self.edited(self.top, edits[...], &packer).map { MerkleTree(rule: self.rule, top: $0) }
    }

    /// `node` with `edits`, all of which belong to its keys.
    private func edited(_ node: TreeNode, _ edits: ArraySlice<TreeEdit>, _ packer: inout EntryPacker<H>) -> TreeNode? {
        guard node.level > 0 else { return self.editedLeaf(node, edits, &packer) }
        var out = node
        var rest = edits
        while let first = rest.first {
            // What comes behind the last key belongs to the last child: nothing else could hold it.
            let last = node.children.count - 1
            let index = min(last, first.path.utf8.withUnsafeBytes { node.childIndex(for: $0) })
            let child = node.children[index]
            let end = index == last ? rest.endIndex : Self.firstIndex(in: rest, after: child.lastKey)
            guard let edited = self.edited(child, rest[..<end], &packer) else { return nil }
            out = TreeNode(out, replacing: index, with: edited, H.self)
            rest = rest[end...]
        }
        return out
    }

    private func editedLeaf(
        _ leaf: TreeNode,
        _ edits: ArraySlice<TreeEdit>,
        _ packer: inout EntryPacker<H>
    ) -> TreeNode? {
        guard var out = LeafEdit<H>(leaf, rule: self.rule) else { return nil }
        for edit in edits {
            guard out.make(edit, &packer) else { return nil }
        }
        return out.finish()
    }
}
