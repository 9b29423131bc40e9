import Synchronization
import TarnStorage

/// A storage in memory that remembers how segments were read and whether the last file that it opened is in use. It may
/// refuse to be read past the cache, and do something else while it opens a file.
final class WatchedStorage: Storage {
    private struct State {
        var reads: [OpenMode] = []
        var hook: (@Sendable () -> Void)?
        weak var last: File?
    }

    private let base: MemoryStorage
    private let refusesDirect: Bool
    private let state = Mutex(State())

    init(_ base: MemoryStorage, refusesDirect: Bool = false) {
        self.base = base
        self.refusesDirect = refusesDirect
    }

    /// How each read of 64 KiB or more since the last call was done.
    func takeReads() -> [OpenMode] {
        self.state.withLock { state in
            defer { state.reads = [] }
            return state.reads
        }
    }

    /// Nil once nobody holds the file that was opened last.
    var lastOpened: (any StorageFile)? { self.state.withLock { $0.last } }

    /// Has `hook` called whenever a file was opened and is not handed out yet.
    func onOpen(_ hook: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.hook = hook }
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        if mode == .direct, self.refusesDirect { throw StorageError(.other, path: path, "open: invalid argument") }
        let file = File(base: try self.base.open(path, mode)) { count in
            if count >= 64 << 10 { self.state.withLock { $0.reads.append(mode) } }
        }
        self.state.withLock { $0.hook }?()
        self.state.withLock { $0.last = file }
        return file
    }

    func makeDirectory(_ path: String) throws(StorageError) { try self.base.makeDirectory(path) }

    func list(_ directory: String) throws(StorageError) -> [StorageListing] { try self.base.list(directory) }

    func rename(_ source: String, to target: String) throws(StorageError) { try self.base.rename(source, to: target) }

    func remove(_ path: String) throws(StorageError) { try self.base.remove(path) }

    func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try self.base.synchronizeDirectory(directory)
    }

    func lock(_ path: String) throws(StorageError) -> any StorageLock { try self.base.lock(path) }

    func freeBytesCount(at path: String) throws(StorageError) -> UInt64 { try self.base.freeBytesCount(at: path) }

    private final class File: StorageFile {
        let base: any StorageFile
        let onRead: @Sendable (Int) -> Void

        init(base: any StorageFile, onRead: @escaping @Sendable (Int) -> Void) {
            self.base = base
            self.onRead = onRead
        }

        func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
            self.onRead(buffer.count)
            return try self.base.read(at: offset, into: buffer)
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
            try self.base.write(bytes, at: offset)
        }

        func synchronize() throws(StorageError) { try self.base.synchronize() }

        func truncate(to bytesCount: Int) throws(StorageError) { try self.base.truncate(to: bytesCount) }

        func allocate(_ bytesCount: Int) throws(StorageError) { try self.base.allocate(bytesCount) }

        func bytesCount() throws(StorageError) -> Int { try self.base.bytesCount() }
    }
}
