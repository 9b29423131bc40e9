package import TarnCore

extension MerkleProof {
    /// A reason why the proof shows nothing.
    private struct Flaw: Error {
        let reason: String
    }

    /// What the proof says about `path` in the tree with `root`. Needs nothing but the arguments; costs one hash per
    /// hash it holds.
    package func verify<H: SHA256Function>(root: Digest, path: NamespacePath, _: H.Type) -> ProofOutcome {
        do throws(Flaw) {
            let (computed, level) = try self.climb(H.self)
            guard computed == root else { throw Flaw(reason: "the hashes lead to \(computed.hex), not to the root") }
            assert(level <= BoundaryRule.levelMax)
            if self.entries.count == 1, self.entries[0].path == path { return .included(self.entries[0].entry) }
            try self.checkNeighbours(around: path)
            return .absent
        } catch {
            return .invalid(error.reason)
        }
    }

    /// The root that the proof's hashes lead to, and its level.
    private func climb<H: SHA256Function>(_: H.Type) throws(Flaw) -> (root: Digest, level: Int) {
        guard self.entries.count <= 2, self.left.count == self.right.count else {
            throw Flaw(reason: "the proof has parts that do not fit together")
        }
        let hashes = self.entries.map { NodeHash.entry(path: $0.path.utf8, entry: $0.entry, H.self) }
        guard !self.left.isEmpty else {
            return try Self.climb(self.shared, from: hashes, level: 0, isToRoot: true, H.self)
        }
        guard hashes.count == 2 else { throw Flaw(reason: "two ways to the root, but not two entries") }
        let (left, level) = try Self.climb(self.left, from: [hashes[0]], level: 0, isToRoot: false, H.self)
        let (right, _) = try Self.climb(self.right, from: [hashes[1]], level: 0, isToRoot: false, H.self)
        return try Self.climb(self.shared, from: [left, right], level: level + 1, isToRoot: true, H.self)
    }

    /// Follows `steps` from the hashes of neighbours in the first one; returns the last node's hash: plain at the root,
    /// else as it stands in its parent.
    private static func climb<H: SHA256Function>(
        _ steps: [Step],
        from hashes: [Digest],
        level: Int,
        isToRoot: Bool,
        _: H.Type
    ) throws(Flaw) -> (Digest, level: Int) {
        guard !steps.isEmpty, steps.count + level <= BoundaryRule.levelMax + 1 else {
            throw Flaw(reason: "the way to the root is empty or too long")
        }
        var shown = hashes
        for (offset, step) in steps.enumerated() {
            guard step.level == level + offset else {
                throw Flaw(reason: "a step of level \(step.level) is out of place")
            }
            guard
                let tree = RangeProof<H>.tree(count: step.count, index: step.index, shown: shown, hashes: step.hashes)
            else { throw Flaw(reason: "the step of level \(step.level) has the wrong number of hashes") }
            let node = NodeHash.node(level: step.level, count: step.count, tree: tree, H.self)
            let isRoot = isToRoot && offset == steps.count - 1
            guard (step.summary == nil) == isRoot else {
                throw Flaw(reason: "the step of level \(step.level) has a summary too many or too few")
            }
            guard let summary = step.summary else { return (node, step.level) }
            shown = [
                NodeHash.child(
                    lastKeyHash: summary.lastKeyHash,
                    digest: node,
                    entryCount: summary.entryCount,
                    contentBytesCount: summary.contentBytesCount,
                    H.self
                )
            ]
        }
        return (shown[0], level + steps.count - 1)
    }

    /// Throws unless the entries shown leave no room for `path` between them.
    private func checkNeighbours(around path: NamespacePath) throws(Flaw) {
        switch self.entries.count {
        case 0:
            return  // The hashes led to the root, so the tree is empty.
        case 1:
            let isBehind = self.entries[0].path < path
            guard isBehind ? Self.isAtEnd(self.shared) : Self.isAtStart(self.shared) else {
                throw Flaw(reason: "the only entry shown is neither the path's nor the first or last of the tree")
            }
        default:
            guard self.entries[0].path < path, path < self.entries[1].path else {
                throw Flaw(reason: "the entries shown do not stand on both sides of the path")
            }
            guard Self.isAtEnd(self.left), Self.isAtStart(self.right) else {
                throw Flaw(reason: "the entries shown are not neighbours")
            }
        }
    }

    private static func isAtStart(_ steps: [Step]) -> Bool {
        steps.allSatisfy { $0.index == 0 }
    }

    private static func isAtEnd(_ steps: [Step]) -> Bool {
        steps.allSatisfy { $0.index == $0.count - 1 }
    }
}
