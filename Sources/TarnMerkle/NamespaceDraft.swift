internal import TarnCore

/// A namespace with a change set in progress: single changes in a dictionary, changes of whole subtrees in a copy of
/// the tree.
struct NamespaceDraft<H: SHA256Function> {
    /// The state before the set.
    private let base: MerkleTree<H>
    /// The state without ``edits``; the base until a subtree changes.
    private(set) var tree: MerkleTree<H>
    private var edits: DraftEdits
    private var isTreeChanged = false
    /// A directory that was seen last, to spare looking it up for each of its files.
    private var knownDirectory: NamespacePath?
    /// How far below a directory the tree is known to hold nothing that still lives, so that no directory is searched
    /// twice.
    private var emptyUpTo: [NamespacePath: [UInt8]] = [:]
    /// Entries that subtree changes of this set came to.
    private var expandedCount = 0

    /// A draft without changes; about `changesCount` are to come.
    init(tree: MerkleTree<H>, changesCount: Int) {
        self.base = tree
        self.tree = tree
        self.edits = DraftEdits(reservingCapacity: changesCount)
    }

    /// The entry at `path` after the changes so far.
    subscript(path: NamespacePath) -> Entry? {
        if let edit = self.edits[path] { return edit.new }
        return self.tree[path]
    }

    /// Whether the entry at `path` was put there by this set and not stamped.
    func isUnstamped(_ path: NamespacePath) -> Bool {
        self.edits[path]?.isUnstamped ?? false
    }

    /// Makes `new` the entry at `path`, where `present` is until now.
    mutating func set(_ path: NamespacePath, _ new: Entry?, present: Entry?, isUnstamped: Bool = false) {
        if new == nil { self.knownDirectory = nil }
        self.edits.set(path, new, present: present, isUnstamped: isUnstamped)
    }

    /// Counts the entries of a subtree towards the limit.
    mutating func countExpanded(_ count: Int, at path: NamespacePath) throws(NamespaceError) {
        self.expandedCount += count
        guard self.expandedCount <= Limits.subtreeEntriesMax else {
            throw NamespaceError(
                .tooManyEntries,
                path,
                "'\(path)' and the subtrees before it hold \(self.expandedCount) entries; one set may delete or move "
                    + "at most \(Limits.subtreeEntriesMax)"
            )
        }
    }

    /// Changes a whole subtree of the tree with `body`, behind the single changes so far.
    mutating func withFlushedTree(_ body: (inout MerkleTree<H>) throws(NamespaceError) -> Void) throws(NamespaceError) {
        self.flush()
        self.isTreeChanged = true
        try body(&self.tree)
    }

    mutating func flush() {
        guard !self.edits.isEmpty else { return }
        self.tree.apply(self.edits.differences().map { TreeEdit(path: $0.path, entry: $0.new) })
        self.edits.removeAll()
        self.emptyUpTo.removeAll()
        self.knownDirectory = nil
        self.isTreeChanged = true
    }

    /// The state after the set, and where it differs from the one before, sorted by path.
    consuming func finish() -> (tree: MerkleTree<H>, differences: [Difference]) {
        if self.isTreeChanged {
            self.flush()
            return (self.tree, MerkleTree.diff(self.base, self.tree))
        }
        let differences = self.edits.differences()
        self.tree.apply(differences.map { TreeEdit(path: $0.path, entry: $0.new) })
        return (self.tree, differences)
    }

    // MARK: Directories

    /// Whether a directory stands at `path`; nil for nothing.
    private func isDirectory(_ path: NamespacePath) -> Bool? {
        if let edit = self.edits[path] { return edit.new?.isDirectory }
        return self.tree.withPacked(path) { PackedEntry.isDirectory($0) }
    }

    /// The ancestors of `path` that do not exist, the highest first. Throws when one of them is a file.
    mutating func missingParents(of path: NamespacePath) throws(NamespaceError) -> [NamespacePath] {
        if let known = self.knownDirectory, Self.isChild(path, of: known) { return [] }
        guard let parent = path.parent, parent != .root else {
            throw NamespaceError(.protectedRoot, path, "'\(path)' is not a path that can be changed")
        }
        var missing: [NamespacePath] = []
        var directory = parent
        while true {
            switch self.isDirectory(directory) {
            case true?:
                self.knownDirectory = missing.isEmpty ? directory : nil
                return missing.reversed()
            case false?:
                throw NamespaceError(
                    .notADirectory,
                    directory,
                    "'\(directory)' is a file; a directory is needed for '\(path)'"
                )
            case nil:
                missing.append(directory)
                guard missing.count <= Limits.changesPerSetMax, let next = directory.parent, next != .root else {
                    throw NamespaceError(
                        .notFound,
                        directory,
                        "'\(directory)', a root of the namespace, does not exist"
                    )
                }
                directory = next
            }
        }
    }

    /// Throws unless the directory that holds `path` exists.
    mutating func checkParent(of path: NamespacePath) throws(NamespaceError) {
        guard let missing = try self.missingParents(of: path).last else { return }
        throw NamespaceError(.notFound, missing, "'\(missing)' does not exist; a directory is needed for '\(path)'")
    }

    /// Whether nothing stands below the directory at `path`.
    mutating func isEmpty(_ path: NamespacePath) -> Bool {
        if self.edits.childrenCount(of: path) > 0 { return false }
        let prefix = path.descendantPrefix
        var cursor = TreeCursor(self.tree.top)
        cursor.seek(to: self.emptyUpTo[path] ?? prefix)
        while case .entry = cursor.place, cursor.leaf.key.starts(with: prefix) {
            let key = cursor.leaf.key
            // What lives in the edits was counted above, and a directory goes only when it is empty: an edit here is a
            // deletion.
            guard self.edits[NamespacePath(unchecked: key)] != nil else { return false }
            self.emptyUpTo[path] = key + [0]
            cursor.nextEntry()
        }
        return true
    }

    private static func isChild(_ path: NamespacePath, of directory: NamespacePath) -> Bool {
        guard directory.isAncestor(of: path) else { return false }
        return !path.utf8[(directory.utf8.count + 1)...].contains(0x2f)
    }
}
