package import TarnCore

extension MerkleTree {
    /// A node on the way down and the index of the member that the way goes through.
    private typealias Turn = (node: TreeNode, index: Int)

    /// The proof of what stands at `path`: its entry, or that there is none.
    package func proof(for path: NamespacePath) -> MerkleProof {
        guard self.count > 0 else {
            let step = MerkleProof.Step(level: 0, count: 0, index: 0, hashes: [], summary: nil)
            return MerkleProof(entries: [], left: [], right: [], shared: [step])
        }
        let (turns, found, isExact) = self.way(to: path)
        guard let found else {
            let last = self.edge(below: self.top, isLast: true)
            return Self.proof([Self.shown(last)], shared: last)
        }
        if isExact || turns.allSatisfy({ $0.index == 0 }) { return Self.proof([found], shared: turns) }
        // The entry before the one found: its neighbour in the lowest node where the way does not go through the first
        // member.
        let join = turns.lastIndex { $0.index > 0 } ?? 0
        let (node, index) = turns[join]
        let right = Array(turns[(join + 1)...])
        let left = node.level > 0 ? self.edge(below: node.children[index - 1], isLast: true) : []
        let before = node.level > 0 ? Self.shown(left) : Self.shown([(node, index - 1)])
        return Self.proof(
            [before, found],
            left: left,
            right: right,
            shared: Array(turns[..<join]) + [(node, index - 1)],
            sharedMembers: 2
        )
    }

    /// The way from the top to the first entry at or behind `path`, and that entry; nil when every entry is before it.
    private func way(to path: NamespacePath) -> (turns: [Turn], found: MerkleProof.Shown?, isExact: Bool) {
        path.utf8.withUnsafeBytes { key in
            var turns: [Turn] = []
            var node = self.top
            while node.level > 0 {
                let index = node.childIndex(for: key)
                guard index < node.children.count else { return ([], nil, false) }
                turns.append((node, index))
                node = node.children[index]
            }
            var reader = LeafReader(node.records)
            guard reader.seek(key) else { return ([], nil, false) }
            turns.append((node, reader.index))
            let shown = MerkleProof.Shown(path: NamespacePath(unchecked: reader.key), entry: reader.entry)
            return (turns, shown, shown.path == path)
        }
    }

    /// The way from `node` to its first or last entry.
    private func edge(below node: TreeNode, isLast: Bool) -> [Turn] {
        var turns: [Turn] = []
        var node = node
        while true {
            let index = isLast ? node.count - 1 : 0
            turns.append((node, index))
            guard node.level > 0 else { return turns }
            node = node.children[index]
        }
    }

    /// The entry at the end of a way down.
    private static func shown(_ turns: [Turn]) -> MerkleProof.Shown {
        var reader = LeafReader(turns[turns.count - 1].node.records)
        while reader.next(), reader.index < turns[turns.count - 1].index {}
        return MerkleProof.Shown(path: NamespacePath(unchecked: reader.key), entry: reader.entry)
    }

    /// A proof from ways that lead down; its steps lead up.
    private static func proof(
        _ entries: [MerkleProof.Shown],
        left: [Turn] = [],
        right: [Turn] = [],
        shared: [Turn],
        sharedMembers: Int = 1
    ) -> MerkleProof {
        func step(_ turn: Turn, members: Int, isRoot: Bool) -> MerkleProof.Step {
            let (node, index) = turn
            let hashes = RangeProof<H>.hashes(of: node.hashes, except: index..<index + members)
            let summary = MerkleProof.Summary(
                lastKeyHash: H.digest(node.lastKey),
                entryCount: UInt64(node.entryCount),
                contentBytesCount: node.contentBytesCount
            )
            return MerkleProof.Step(
                level: node.level,
                count: node.count,
                index: index,
                hashes: hashes,
                summary: isRoot ? nil : summary
            )
        }
        let sharedSteps = shared.enumerated().map { offset, turn in
            step(turn, members: offset == shared.count - 1 ? sharedMembers : 1, isRoot: offset == 0)
        }
        return MerkleProof(
            entries: entries,
            left: left.reversed().map { step($0, members: 1, isRoot: false) },
            right: right.reversed().map { step($0, members: 1, isRoot: false) },
            shared: sharedSteps.reversed()
        )
    }
}
