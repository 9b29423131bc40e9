package import TarnCore

/// Compares source and target in one pass over three sorted sequences: the scan, what was remembered (or listed) of the
/// target, and what has changed there since.
package struct ImportPlanner {
    private let tree: SourceTree
    private let isMirror: Bool
    /// Whether a changed modification time alone is a change (under `/tables` and `/volumes`).
    private let areTimesSignificant: Bool
    private var plan = ImportPlan()
    private var deletedFolders: Set<[UInt8]> = []
    /// Folders that a file takes the place of: what is below them is gone before anything else happens.
    private var replacedFolders: Set<[UInt8]> = []
    /// Paths that are skipped with all that is below them.
    private var blockedPaths: Set<[UInt8]> = []
    private let protectedPaths: Set<[UInt8]>

    private init(_ tree: SourceTree, isMirror: Bool, areTimesSignificant: Bool) {
        self.tree = tree
        self.isMirror = isMirror
        self.areTimesSignificant = areTimesSignificant
        self.protectedPaths = Set(tree.protectedPaths)
        self.plan.isInTarget = [Bool](repeating: false, count: tree.items.count)
        self.plan.contents = [BlobAddress](repeating: .zero, count: tree.items.count)
    }

    /// `differences` are sorted by path and override `records`. Throws ``CoreError`` when the records are damaged.
    package static func plan(
        _ tree: SourceTree,
        records: FolderState?,
        differences: [TargetDifference],
        isMirror: Bool,
        areTimesSignificant: Bool
    ) throws(CoreError) -> ImportPlan {
        var planner = ImportPlanner(tree, isMirror: isMirror, areTimesSignificant: areTimesSignificant)
        try planner.run(records, differences)
        return planner.plan
    }

    private mutating func run(_ records: FolderState?, _ differences: [TargetDifference]) throws(CoreError) {
        var cursor = records?.cursor()
        var hasRecord = try cursor?.advance() ?? false
        var source = 0
        var difference = 0
        let count = self.tree.items.count
        while source < count || hasRecord || difference < differences.count {
            // The smallest of up to three paths.
            var path: ArraySlice<UInt8>?
            if source < count { path = self.tree.path(at: source) }
            if hasRecord, let record = cursor?.record { path = Self.smaller(path, record.path[...]) }
            if difference < differences.count { path = Self.smaller(path, differences[difference].path[...]) }
            guard let path else { return }
            let isSource = source < count && self.tree.path(at: source) == path
            let isRecord = hasRecord && cursor?.record.path[...] == path
            var target = isRecord ? cursor?.record : nil
            if difference < differences.count, differences[difference].path[...] == path {
                target = self.overlay(target, differences[difference])
                difference += 1
            }
            self.decide(path, isSource ? source : nil, target)
            if isSource { source += 1 }
            if isRecord { hasRecord = try cursor?.advance() ?? false }
        }
    }

    private static func smaller(_ left: ArraySlice<UInt8>?, _ right: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let left else { return right }
        let order = left.withUnsafeBytes { left in right.withUnsafeBytes { Bytes.compare(left, $0) } }
        return order <= 0 ? left : right
    }

    /// The remembered record when the cluster's entry is still what was remembered, else that entry with a stamp nobody
    /// trusts.
    private func overlay(_ record: FolderState.Record?, _ difference: TargetDifference) -> FolderState.Record? {
        guard let entry = difference.entry else { return nil }
        let modified = Int64(clamping: entry.attributes.modifiedAtNanoseconds ?? 0)
        if let record, record.isDirectory == entry.isDirectory, record.content == entry.content,
            !self.areTimesSignificant || entry.isDirectory || record.stamp.modifiedNanoseconds == modified
        {
            return record
        }
        return FolderState.Record(
            path: difference.path,
            isDirectory: entry.isDirectory,
            stamp: FileStamp(size: entry.size, modifiedNanoseconds: modified, changedNanoseconds: 0, inode: 0),
            content: entry.content
        )
    }

    private mutating func decide(_ path: ArraySlice<UInt8>, _ source: Int?, _ target: FolderState.Record?) {
        guard let source else {
            if let target { self.decideExtra(target) }
            return
        }
        if !self.blockedPaths.isEmpty, Self.isAtOrBelow(path, self.blockedPaths) { return }
        let item = self.tree.items[source]
        guard var target else { return self.add(source, item, known: nil) }
        if item.isDirectory != target.isDirectory {
            guard self.isMirror else {
                let kind = target.isDirectory ? "folder" : "file"
                self.plan.problems.append(
                    String(decoding: path, as: UTF8.self),
                    "the target holds a \(kind) there; use --mirror to replace it"
                )
                self.blockedPaths.insert(Array(path))
                return
            }
            target.path = Array(path)
            self.plan.replacements.append(self.deletion(target, isBelowDeleted: false))
            if target.isDirectory { self.replacedFolders.insert(Array(path)) }
            return self.add(source, item, known: nil)
        }
        if item.isDirectory {
            self.plan.isInTarget[source] = true
        } else if target.stamp.changedNanoseconds != 0, target.stamp == item.stamp {
            self.plan.unchangedCount += 1
            self.plan.isInTarget[source] = true
            self.plan.contents[source] = target.content
        } else {
            let known = ImportPlan.Known(
                content: target.content,
                size: target.stamp.size,
                modifiedNanoseconds: UInt64(clamping: target.stamp.modifiedNanoseconds)
            )
            self.add(source, item, known: known)
        }
    }

    private mutating func add(_ index: Int, _ item: SourceTree.Item, known: ImportPlan.Known?) {
        if item.isDirectory {
            self.plan.directories.append(index)
        } else {
            self.plan.reads.append(ImportPlan.Read(index: index, known: known))
        }
    }

    private mutating func decideExtra(_ target: FolderState.Record) {
        let path = target.path[...]
        if Self.isBelow(path, self.replacedFolders) { return }
        let isBelowDeleted = Self.isBelow(path, self.deletedFolders)
        guard self.isMirror, !Self.isAtOrBelow(path, self.protectedPaths) else {
            self.plan.extraCount += 1
            return
        }
        self.plan.deletions.append(self.deletion(target, isBelowDeleted: isBelowDeleted))
        if target.isDirectory, !isBelowDeleted { self.deletedFolders.insert(target.path) }
    }

    private func deletion(_ target: FolderState.Record, isBelowDeleted: Bool) -> ImportPlan.Deletion {
        ImportPlan.Deletion(
            path: target.path,
            isDirectory: target.isDirectory,
            content: target.isDirectory ? .zero : target.content,
            size: target.isDirectory ? 0 : target.stamp.size,
            modifiedNanoseconds: target.isDirectory ? 0 : UInt64(clamping: target.stamp.modifiedNanoseconds),
            isBelowDeleted: isBelowDeleted
        )
    }

    private static func isAtOrBelow(_ path: ArraySlice<UInt8>, _ set: Set<[UInt8]>) -> Bool {
        guard !set.isEmpty else { return false }
        // The empty path is the source itself: a root that could not be listed protects everything.
        return set.contains(Array(path)) || set.contains([]) || self.isBelow(path, set)
    }

    /// Whether one of the folders above `path` is in `set`.
    private static func isBelow(_ path: ArraySlice<UInt8>, _ set: Set<[UInt8]>) -> Bool {
        guard !set.isEmpty else { return false }
        return path.indices.contains { path[$0] == UInt8(ascii: "/") && set.contains(Array(path[..<$0])) }
    }
}
