package import TarnCore

extension MerkleTree {
    /// Calls `body` with the hash and the stored bytes of every node that `base` does not have (nil: of every node),
    /// children before parents and left before right; stops when it returns false.
    package func forEachNode(notIn base: MerkleTree?, _ body: (Digest, [UInt8]) throws -> Bool) rethrows {
        _ = try Self.visit(self.top, base: base, body)
    }

    /// The tree whose top node is stored under `root`; `node` returns the bytes stored under a hash. Nodes of `base`
    /// are used in place of stored ones, which are then not asked for.
    ///
    /// Throws ``MerkleError`` for nodes that are not what they should be, and whatever `node` throws.
    package static func load(
        root: Digest,
        boundaryKey: [UInt8],
        reusing base: MerkleTree? = nil,
        node: (Digest) throws -> [UInt8]
    ) throws -> MerkleTree {
        let rule = BoundaryRule(key: boundaryKey)
        if let base, base.root == root, base.boundaryKey == boundaryKey { return base }
        return try withoutActuallyEscaping(node) { source in
            let usable = base.flatMap { $0.boundaryKey == boundaryKey ? $0 : nil }
            let loader = NodeLoader<H>(rule: rule, base: usable, source: source)
            return MerkleTree(rule: rule, top: try loader.load(root: root))
        }
    }

    /// Whether this tree has the node that a peer names, so that it need not be fetched.
    package func contains(_ child: NodeImage.Child, level: Int) -> Bool {
        self.node(level: level, over: child.lastKey, digest: child.digest) != nil
    }

    /// The stored bytes of the node of `level` whose keys end with `lastKey` and whose hash is `digest`; nil when there
    /// is none.
    package func nodeBytes(level: Int, lastKey: [UInt8], digest: Digest) -> [UInt8]? {
        self.node(level: level, over: lastKey, digest: digest).map { NodeImage.encode($0) }
    }

    /// The stored bytes of the top node: where a comparison with a peer begins.
    package var topBytes: [UInt8] { NodeImage.encode(self.top) }

    /// The node with `digest` at `level` over `key`. A node's place follows from its keys, so it is there or nowhere.
    func node(level: Int, over key: [UInt8], digest: Digest) -> TreeNode? {
        var node = self.top
        while node.level > level {
            let index = key.withUnsafeBytes { node.childIndex(for: $0) }
            guard index < node.children.count else { return nil }
            node = node.children[index]
        }
        return node.level == level && node.digest == digest ? node : nil
    }

    private static func visit(
        _ node: TreeNode,
        base: MerkleTree?,
        _ body: (Digest, [UInt8]) throws -> Bool
    ) rethrows -> Bool {
        if let base, base.node(level: node.level, over: node.lastKey, digest: node.digest) != nil { return true }
        for child in node.children {
            guard try Self.visit(child, base: base, body) else { return false }
        }
        return try body(node.digest, NodeImage.encode(node))
    }
}
