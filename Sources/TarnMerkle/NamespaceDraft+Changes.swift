internal import TarnCore

extension NamespaceDraft {
    /// Checks that `entry` may be put at `path`, but for the parent; returns what is there.
    func checkPut(_ entry: Entry, at path: NamespacePath) throws(NamespaceError) -> Entry? {
        guard path != .root else { throw Self.protected(path) }
        let present = self[path]
        guard let present, present.isDirectory != entry.isDirectory else { return present }
        if NamespacePath.roots.contains(path) { throw Self.protected(path) }
        throw present.isDirectory
            ? NamespaceError(.isADirectory, path, "'\(path)' is a directory; a file cannot be put there")
            : NamespaceError(.notADirectory, path, "'\(path)' is a file; a directory cannot be put there")
    }

    /// Deletes what is at `path`. `isLast` says that nobody will ask for the state after a subtree is gone.
    mutating func delete(_ path: NamespacePath, recursive: Bool, isLast: Bool = false) throws(NamespaceError) {
        let present = try self.existing(path, to: "deleted")
        guard present.isDirectory else {
            self.set(path, nil, present: present)
            return
        }
        if recursive {
            try self.deleteSubtree(path, isLast: isLast)
        } else if !self.isEmpty(path) {
            throw NamespaceError(
                .directoryNotEmpty,
                path,
                "directory '\(path)' is not empty; delete it recursively to delete what is in it"
            )
        }
        self.set(path, nil, present: present)
    }

    /// Checks that what is at `path` may move to `target`, but for the target's parent; returns what is at `path`.
    func checkMove(_ path: NamespacePath, to target: NamespacePath) throws(NamespaceError) -> Entry {
        let source = try self.existing(path, to: "moved")
        guard path != target, !path.isAncestor(of: target) else {
            throw NamespaceError(
                .invalidMove,
                path,
                "'\(path)' cannot move to '\(target)', which is itself or below it"
            )
        }
        guard target != .root else { throw Self.protected(target) }
        if let present = self[target] {
            let name = present.isDirectory ? "directory" : "file"
            throw NamespaceError(
                .alreadyExists,
                target,
                "'\(path)' cannot move to '\(target)': a \(name) is there"
            )
        }
        return source
    }

    /// Moves `source`, which is at `path`, and what is below it to `target`.
    mutating func move(
        _ path: NamespacePath,
        _ source: Entry,
        to target: NamespacePath,
        isLast: Bool = false
    ) throws(NamespaceError) {
        if source.isDirectory { try self.moveSubtree(path, to: target, isLast: isLast) }
        let isUnstamped = self.isUnstamped(path)
        self.set(path, nil, present: source)
        self.set(target, source, present: nil, isUnstamped: isUnstamped)
    }

    private mutating func deleteSubtree(_ path: NamespacePath, isLast: Bool) throws(NamespaceError) {
        self.flush()
        let count = self.tree.summary(of: path).count
        try self.countExpanded(count + 1, at: path)
        guard count > 0, !isLast else { return }
        try self.withFlushedTree { tree throws(NamespaceError) in
            tree.remove(from: path.descendantPrefix, below: path.descendantEnd)
        }
    }

    private mutating func moveSubtree(
        _ path: NamespacePath,
        to target: NamespacePath,
        isLast: Bool
    ) throws(NamespaceError) {
        self.flush()
        let count = self.tree.summary(of: path).count
        try self.countExpanded(count + 1, at: path)
        guard count > 0 else { return }
        let longest = self.tree.longestKey(from: path.descendantPrefix, below: path.descendantEnd)
        let grown = target.utf8.count - path.utf8.count
        guard longest + grown <= Limits.pathBytesMax else {
            throw NamespaceError(
                .invalidPath,
                path,
                "a path below '\(path)' would have \(longest + grown) bytes below '\(target)'; at most "
                    + "\(Limits.pathBytesMax) are allowed"
            )
        }
        guard !isLast else { return }
        try self.withFlushedTree { tree throws(NamespaceError) in tree.move(below: path, to: target) }
    }

    /// What is at `path`, which must be something that a change may take away.
    private func existing(_ path: NamespacePath, to verb: String) throws(NamespaceError) -> Entry {
        guard path != .root, !NamespacePath.roots.contains(path) else { throw Self.protected(path) }
        guard let present = self[path] else {
            throw NamespaceError(.notFound, path, "'\(path)' does not exist, so it cannot be \(verb)")
        }
        return present
    }

    private static func protected(_ path: NamespacePath) -> NamespaceError {
        NamespaceError(
            .protectedRoot,
            path,
            "'\(path)' is a root of the namespace; it cannot be replaced, deleted or moved"
        )
    }
}
