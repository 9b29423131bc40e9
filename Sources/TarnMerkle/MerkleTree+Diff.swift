package import TarnCore

extension MerkleTree {
    /// The paths behind `after` at which `old` and `new` differ, in order, at most `limit`. Equal subtrees are passed
    /// over by their hash, so the cost follows the changes and not the size. Both trees have the same boundary key.
    package static func diff(
        _ old: MerkleTree,
        _ new: MerkleTree,
        after: NamespacePath? = nil,
        limit: Int = .max
    ) -> [Difference] {
        var out: [Difference] = []
        Self.forEachDifference(old, new, after: after) { difference in
            guard out.count < limit else { return false }
            out.append(difference)
            return true
        }
        return out
    }

    /// Calls `body` with each difference in turn until it returns false.
    package static func forEachDifference(
        _ old: MerkleTree,
        _ new: MerkleTree,
        after: NamespacePath? = nil,
        _ body: (Difference) throws -> Bool
    ) rethrows {
        var left = TreeCursor(old.top)
        var right = TreeCursor(new.top)
        if let after, old.root != new.root {
            left.seek(to: after.utf8 + [0])
            right.seek(to: after.utf8 + [0])
        }
        while true {
            switch (left.place, right.place) {
            case (.end, .end):
                return
            case (.node(let one), .node(let other)):
                Self.step(&left, one, &right, other)
            case (.node, _):
                left.descend()
            case (_, .node):
                right.descend()
            case (.entry, _), (.end, .entry):
                if let difference = Self.stepOverEntry(&left, &right) {
                    guard try body(difference) else { return }
                }
            }
        }
    }

    /// Passes over two equal nodes, or goes down on the side that stands higher.
    private static func step(_ left: inout TreeCursor, _ one: TreeNode, _ right: inout TreeCursor, _ other: TreeNode) {
        if one === other || one.digest == other.digest {
            left.advance()
            right.advance()
        } else {
            if one.level >= other.level { left.descend() }
            if other.level >= one.level { right.descend() }
        }
    }

    /// Passes over the lesser of two entries, or over both when their keys are equal; at least one side is at an entry,
    /// none at a node.
    private static func stepOverEntry(_ left: inout TreeCursor, _ right: inout TreeCursor) -> Difference? {
        let order: Int
        switch (left.place, right.place) {
        case (.end, _): order = 1
        case (_, .end): order = -1
        default:
            order = left.leaf.key.withUnsafeBytes { one in right.leaf.key.withUnsafeBytes { Bytes.compare(one, $0) } }
        }
        let isLeft = order <= 0
        let isRight = order >= 0
        var difference: Difference?
        if !isLeft || !isRight || left.entryHash != right.entryHash {
            difference = Difference(
                path: NamespacePath(unchecked: isLeft ? left.leaf.key : right.leaf.key),
                old: isLeft ? left.leaf.entry : nil,
                new: isRight ? right.leaf.entry : nil
            )
        }
        if isLeft { left.advance() }
        if isRight { right.advance() }
        return difference
    }
}
