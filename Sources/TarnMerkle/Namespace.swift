package import TarnCore

/// The namespace: the tree of all entries, and the rules by which change sets change it (ARCHITECTURE.md, "Namespace").
///
/// Pure and deterministic: every node that applies the same sets in the same order has the same root. A value, so a
/// state ahead of the committed one is a copy.
package struct Namespace<H: SHA256Function>: Sendable {
    /// Every entry, directories included.
    package var tree: MerkleTree<H>

    /// The namespace that holds what `tree` holds, as loaded from a checkpoint.
    package init(tree: MerkleTree<H>) {
        self.tree = tree
    }

    /// The namespace of op 0: the four root directories, with object ids 0 to 3 and the genesis' time.
    package static func genesis(_ genesis: Genesis) -> Namespace {
        let stamp = EntryStamp(op: .genesis, timestampMicroseconds: genesis.createdAtMicroseconds)
        let entries = NamespacePath.roots.enumerated().map { index, path in
            (path, stamp.stamped(.directory(), over: nil, index: index))
        }
        return Namespace(tree: MerkleTree(boundaryKey: genesis.boundaryKey, sorted: entries))
    }

    /// Judges `changes`, in order, against this state and the changes before each, and returns the explicit set for the
    /// log: with the missing parent directories, without the puts that would change nothing, possibly empty.
    ///
    /// Throws ``NamespaceError`` for the first change that does not hold; then none does.
    package func resolve(_ changes: [Change]) throws(NamespaceError) -> ChangeSet {
        var resolver = ChangeResolver(tree: self.tree, changes: changes)
        return try resolver.resolve()
    }

    /// Applies an explicit set as op `op`: expands subtrees, fills in object ids and times. Returns the net effect,
    /// sorted by path.
    ///
    /// Throws ``NamespaceError`` and changes nothing for a set that ``resolve(_:)`` did not return for this state.
    package mutating func apply(
        _ set: ChangeSet,
        op: Op,
        timestampMicroseconds: UInt64
    ) throws(NamespaceError) -> [AppliedChange] {
        var draft = NamespaceDraft(tree: self.tree, changesCount: set.changes.count)
        let stamp = EntryStamp(op: op, timestampMicroseconds: timestampMicroseconds)
        var hasMoves = false
        for (index, change) in set.changes.enumerated() {
            switch change.action {
            case .put(let entry):
                let present = try draft.checkPut(entry, at: change.path)
                try draft.checkParent(of: change.path)
                if entry.isDirectory, present != nil { continue }
                draft.set(change.path, stamp.stamped(entry, over: present, index: index), present: present)
            case .delete(let recursive):
                try draft.delete(change.path, recursive: recursive)
            case .move(let target):
                let source = try draft.checkMove(change.path, to: target)
                try draft.checkParent(of: target)
                try draft.move(change.path, source, to: target)
                hasMoves = true
            }
        }
        let (tree, differences) = draft.finish()
        self.tree = tree
        return Self.applied(differences, hasMoves: hasMoves)
    }

    /// The differences of a set, each arriving half of a move with the path that it came from. An identity stays with
    /// what moves, so it tells the halves of a move, however many steps it took.
    private static func applied(_ differences: [Difference], hasMoves: Bool) -> [AppliedChange] {
        var origins: [String: NamespacePath] = [:]
        if hasMoves {
            for difference in differences where Self.isMoved(difference.old, difference.new) {
                guard let identity = difference.old?.attributes[Attributes.Key.objectID] else { continue }
                origins[identity] = difference.path
            }
        }
        return differences.map { difference in
            var origin: NamespacePath?
            if !origins.isEmpty, Self.isMoved(difference.new, difference.old),
                let identity = difference.new?.attributes[Attributes.Key.objectID]
            {
                origin = origins[identity]
            }
            return AppliedChange(
                path: difference.path,
                old: difference.old,
                new: difference.new,
                movedFrom: origin
            )
        }
    }

    /// Whether `one` has an identity that `other` at the same path does not have.
    private static func isMoved(_ one: Entry?, _ other: Entry?) -> Bool {
        one?.attributes[Attributes.Key.objectID] != other?.attributes[Attributes.Key.objectID]
    }
}
