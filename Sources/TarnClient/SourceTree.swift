internal import TarnCore

/// What an import found in its source folder: a compact, sorted table of folders and regular files.
package struct SourceTree: Sendable {
    package struct Item: Sendable {
        fileprivate let pathStart: Int
        fileprivate let pathCount: Int
        package let isDirectory: Bool
        /// Of the scan, or of a later look at a file that changed; zero for a folder.
        package var stamp: FileStamp
    }

    /// Sorted by the bytes of the path.
    package private(set) var items: [Item] = []
    /// The items' paths, relative to the source, without a leading slash, one behind the other.
    private var pathBytes: [UInt8] = []
    /// Paths that could not be taken: what the target holds at or below them is left alone. Sorted.
    package private(set) var protectedPaths: [[UInt8]] = []
    /// The part of ``protectedPaths`` that is missing against the user's will: problems, not patterns.
    package private(set) var skippedPaths: [[UInt8]] = []
    package private(set) var problems = ProblemList()
    /// Bytes of all files.
    package var bytesCount: UInt64 {
        self.items.reduce(0) { $1.isDirectory ? $0 : $0 + $1.stamp.size }
    }
    package private(set) var filesCount = 0

    package init() {}

    /// The item's path, relative to the source.
    package func path(_ item: Item) -> ArraySlice<UInt8> {
        self.pathBytes[item.pathStart..<item.pathStart + item.pathCount]
    }

    package func path(at index: Int) -> ArraySlice<UInt8> {
        self.path(self.items[index])
    }

    /// The path as text for people.
    package func name(at index: Int) -> String {
        String(decoding: self.path(at: index), as: UTF8.self)
    }

    mutating func append(path: some Collection<UInt8>, isDirectory: Bool, stamp: FileStamp) {
        self.items.append(
            Item(pathStart: self.pathBytes.count, pathCount: path.count, isDirectory: isDirectory, stamp: stamp)
        )
        self.pathBytes.append(contentsOf: path)
        if !isDirectory {
            self.filesCount += 1
        }
    }

    /// Takes over what another part of the scan found.
    mutating func append(_ other: SourceTree) {
        let base = self.pathBytes.count
        self.pathBytes.append(contentsOf: other.pathBytes)
        for item in other.items {
            self.items.append(
                Item(
                    pathStart: base + item.pathStart,
                    pathCount: item.pathCount,
                    isDirectory: item.isDirectory,
                    stamp: item.stamp
                )
            )
        }
        self.protectedPaths.append(contentsOf: other.protectedPaths)
        self.skippedPaths.append(contentsOf: other.skippedPaths)
        self.problems.append(other.problems)
        self.filesCount += other.filesCount
    }

    /// Leaves out `path`, naming the reason.
    mutating func skip(_ path: [UInt8], _ reason: String) {
        self.problems.append(path.isEmpty ? "." : String(decoding: path, as: UTF8.self), reason)
        self.protectedPaths.append(path)
        self.skippedPaths.append(path)
    }

    /// Leaves out `path` without a word: a pattern asked for it.
    mutating func exclude(_ path: [UInt8]) {
        self.protectedPaths.append(path)
    }

    mutating func setStamp(_ stamp: FileStamp, at index: Int) {
        guard !self.items[index].isDirectory else { return }
        self.items[index].stamp = stamp
    }

    /// Brings the items into the order of the namespace: by the bytes of the whole path, so `a.b` stands between `a`
    /// and `a/b`.
    mutating func sort() {
        self.pathBytes.withUnsafeBytes { bytes in
            self.items.sort { left, right in
                Bytes.compare(
                    UnsafeRawBufferPointer(rebasing: bytes[left.pathStart..<left.pathStart + left.pathCount]),
                    UnsafeRawBufferPointer(rebasing: bytes[right.pathStart..<right.pathStart + right.pathCount])
                ) < 0
            }
        }
        self.protectedPaths.sort(by: Bytes.isLess)
    }
}
