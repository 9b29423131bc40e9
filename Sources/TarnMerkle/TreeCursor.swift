internal import TarnCore

/// A position in a tree: on a whole node, whose entries come next, or on one entry.
///
/// Stepping over a whole node is what makes listing skip subtrees and comparing skip what is equal.
struct TreeCursor {
    /// What the cursor stands on.
    enum Place {
        case node(TreeNode)
        /// The current record of ``leaf``; the second value is its hash.
        case entry
        case end
    }

    private(set) var place: Place
    /// The leaf that the cursor is inside of, while ``place`` is an entry.
    private(set) var leaf = LeafReader([])
    private var leafNode: TreeNode?
    /// Inner nodes above the place, each with the index of the child that comes after it.
    private var frames: [(node: TreeNode, next: Int)] = []

    /// Stands on the top node.
    init(_ top: TreeNode) {
        self.place = .node(top)
    }

    /// The hash of the entry that the cursor stands on.
    var entryHash: Digest {
        self.leafNode.map { $0.hashes[self.leaf.index] } ?? .zero
    }

    /// From a node to its first child or entry.
    mutating func descend() {
        guard case .node(let node) = self.place else { return }
        if node.level > 0 {
            self.frames.append((node, 1))
            self.place = .node(node.children[0])
        } else {
            self.enter(node)
            self.stepInLeaf()
        }
    }

    /// Behind the node or entry that the cursor stands on.
    mutating func advance() {
        switch self.place {
        case .end: break
        case .entry: self.stepInLeaf()
        case .node: self.ascend()
        }
    }

    /// Down to the first entry of what the cursor stands on.
    mutating func descendToEntry() {
        while case .node = self.place { self.descend() }
    }

    /// To the next entry.
    mutating func nextEntry() {
        self.advance()
        self.descendToEntry()
    }

    /// Forward to the first entry at or after `target`; stays where it is when that is already so.
    mutating func seek(to target: [UInt8]) {
        target.withUnsafeBytes { self.seek(to: $0) }
    }

    private mutating func seek(to target: UnsafeRawBufferPointer) {
        if case .entry = self.place {
            if self.leaf.key.withUnsafeBytes({ Bytes.compare($0, target) >= 0 }) { return }
            if let node = self.leafNode, Self.reaches(node, target) {
                _ = self.leaf.seek(target)
                return
            }
            self.ascend()
        }
        while case .node(let node) = self.place {
            guard Self.reaches(node, target) else {
                self.ascend(to: target)
                continue
            }
            if node.level > 0 {
                let index = node.childIndex(for: target)
                self.frames.append((node, index + 1))
                self.place = .node(node.children[index])
            } else {
                self.enter(node)
                self.place = self.leaf.seek(target) ? .entry : .end
            }
        }
    }

    private static func reaches(_ node: TreeNode, _ target: UnsafeRawBufferPointer) -> Bool {
        node.lastKey.withUnsafeBytes { Bytes.compare($0, target) >= 0 } && node.entryCount > 0
    }

    private mutating func enter(_ node: TreeNode) {
        self.leafNode = node
        self.leaf = LeafReader(node.records)
    }

    private mutating func stepInLeaf() {
        if self.leaf.next() {
            self.place = .entry
        } else {
            self.ascend()
        }
    }

    /// To the child that comes after the place.
    private mutating func ascend() {
        while let frame = self.frames.last {
            if frame.next < frame.node.children.count {
                self.frames[self.frames.count - 1].next += 1
                self.place = .node(frame.node.children[frame.next])
                return
            }
            self.frames.removeLast()
        }
        self.place = .end
    }

    /// To the next child that may hold `target` or what follows it, passing over nodes that end before it without
    /// visiting them.
    private mutating func ascend(to target: UnsafeRawBufferPointer) {
        while let frame = self.frames.last {
            if Self.reaches(frame.node, target) {
                let index = max(frame.next, frame.node.childIndex(for: target))
                self.frames[self.frames.count - 1].next = index + 1
                self.place = .node(frame.node.children[index])
                return
            }
            self.frames.removeLast()
        }
        self.place = .end
    }
}
