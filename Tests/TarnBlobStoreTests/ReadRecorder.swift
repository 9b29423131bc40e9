import Synchronization
import TarnStorage

/// A storage in memory that remembers how segments were read, and may refuse to be read past the cache.
final class ReadRecorder: Storage {
    private let base: MemoryStorage
    private let refusesDirect: Bool
    private let reads: Mutex<[OpenMode]> = Mutex([])

    init(_ base: MemoryStorage, refusesDirect: Bool = false) {
        self.base = base
        self.refusesDirect = refusesDirect
    }

    /// How each read of 64 KiB or more since the last call was done.
    func takeReads() -> [OpenMode] {
        self.reads.withLock { reads in
            defer { reads = [] }
            return reads
        }
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        if mode == .direct, self.refusesDirect { throw StorageError(.other, path: path, "open: invalid argument") }
        return File(base: try self.base.open(path, mode)) { count in
            if count >= 64 << 10 { self.reads.withLock { $0.append(mode) } }
        }
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
