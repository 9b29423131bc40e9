internal import Synchronization

/// Files in memory, with the rules of a file system: for tests, and below ``FaultyStorage``.
package final class MemoryStorage: Storage {
    private struct State {
        var directories: Set<String> = ["", "/"]
        var files: [String: MemoryFile] = [:]
        var locks: Set<String> = []
    }

    private let state = Mutex(State())
    private let space: MemorySpace

    /// An empty file system with room for `capacity` bytes of content.
    package init(capacity: Int = .max) {
        self.space = MemorySpace(capacity: capacity)
    }

    /// Sets how many bytes of content fit; what is there already stays.
    package func setCapacity(_ bytesCount: Int) {
        self.space.setCapacity(bytesCount)
    }

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        try self.file(path, mode)
    }

    func file(_ path: String, _ mode: OpenMode) throws(StorageError) -> MemoryFile {
        try self.state.withLock { state throws(StorageError) in
            if mode == .create {
                guard state.files[path] == nil else {
                    throw StorageError(.alreadyExists, path: path, "cannot open: it exists")
                }
                guard state.directories.contains(Self.parent(of: path)) else { throw Self.missing(path, "open") }
                let file = MemoryFile(path: path, space: self.space)
                state.files[path] = file
                return file
            }
            guard let file = state.files[path] else { throw Self.missing(path, "open") }
            return file
        }
    }

    package func makeDirectory(_ path: String) throws(StorageError) {
        try self.state.withLock { state throws(StorageError) in
            guard state.directories.contains(Self.parent(of: path)) else {
                throw Self.missing(path, "create the directory")
            }
            state.directories.insert(path)
        }
    }

    package func list(_ directory: String) throws(StorageError) -> [StorageListing] {
        try self.state.withLock { state throws(StorageError) in
            guard state.directories.contains(directory) else { throw Self.missing(directory, "list") }
            let files = state.files.filter { Self.parent(of: $0.key) == directory }.map { path, file in
                StorageListing(name: Self.name(of: path), bytesCount: file.content().count, isDirectory: false)
            }
            let directories = state.directories.filter { $0.count > 1 && Self.parent(of: $0) == directory }.map {
                StorageListing(name: Self.name(of: $0), bytesCount: 0, isDirectory: true)
            }
            return (files + directories).sorted { $0.name < $1.name }
        }
    }

    package func rename(_ source: String, to target: String) throws(StorageError) {
        try self.state.withLock { state throws(StorageError) in
            guard state.directories.contains(Self.parent(of: target)),
                let file = state.files.removeValue(forKey: source)
            else { throw Self.missing(source, "rename to \(target)") }
            state.files[target] = file
        }
    }

    package func remove(_ path: String) throws(StorageError) {
        try self.state.withLock { state throws(StorageError) in
            guard state.files.removeValue(forKey: path) != nil else { throw Self.missing(path, "remove") }
        }
    }

    package func synchronizeDirectory(_ directory: String) throws(StorageError) {
        let isThere = self.state.withLock { $0.directories.contains(directory) }
        guard isThere else { throw Self.missing(directory, "synchronize the directory") }
    }

    package func lock(_ path: String) throws(StorageError) -> any StorageLock {
        let isNew = self.state.withLock { $0.locks.insert(path).inserted }
        guard isNew else {
            throw StorageError(.locked, path: path, "is locked: another node is running on this data folder")
        }
        return MemoryLock { [weak self] in _ = self?.state.withLock { $0.locks.remove(path) } }
    }

    package func freeBytesCount(at path: String) throws(StorageError) -> UInt64 {
        self.space.freeBytesCount
    }

    /// The paths of all files, sorted.
    package var paths: [String] {
        self.state.withLock { $0.files.keys.sorted() }
    }

    /// What the file holds, or nil when there is none.
    package func content(of path: String) -> [UInt8]? {
        self.state.withLock { $0.files[path] }?.content()
    }

    /// Makes the file hold exactly `bytes`, its directories included: how a test plants damage. Whoever has the file
    /// open sees it, too.
    package func setContent(of path: String, to bytes: [UInt8]) {
        self.state.withLock { state in
            var directory = Self.parent(of: path)
            while state.directories.insert(directory).inserted { directory = Self.parent(of: directory) }
            let file = state.files[path] ?? MemoryFile(path: path, space: self.space)
            file.replace(with: bytes)
            state.files[path] = file
        }
    }

    /// Copies the names of all directories from `other`.
    func adoptDirectories(of other: MemoryStorage) {
        let directories = other.state.withLock { $0.directories }
        self.state.withLock { $0.directories.formUnion(directories) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex && path.count > 1 ? "/" : String(path[..<slash])
    }

    private static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    private static func missing(_ path: String, _ action: String) -> StorageError {
        StorageError(.notFound, path: path, "cannot \(action): no such file or directory")
    }
}
