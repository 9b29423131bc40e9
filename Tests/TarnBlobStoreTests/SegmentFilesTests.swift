import Synchronization
import TarnSegment
import TarnStorage
import Testing

@testable import TarnBlobStore

@Suite("Files of segments")
struct SegmentFilesTests {
    @Test("a segment that goes while it is being opened does not stay open")
    func removedWhileOpening() throws {
        let storage = HookedStorage(MemoryStorage())
        try storage.makeDirectory("/data")
        let files = SegmentFiles(storage: storage, directory: "/data")
        try files.makeDirectories()
        files.register(7, .small)
        try storage.open(files.path(7, .small), .create).write([1, 2, 3], at: 0)
        #expect(try files.read(7, at: 0, count: 3) == [1, 2, 3])
        #expect(storage.lastOpened != nil)
        files.closeAll()
        #expect(storage.lastOpened == nil)
        storage.onOpen { files.unregister(7) }
        // Whoever was faster reads what was there.
        #expect(try files.read(7, at: 0, count: 3) == [1, 2, 3])
        #expect(storage.lastOpened == nil)
    }
}

/// A storage that does something else while it opens a file, and knows whether the last file that it opened is in use.
private final class HookedStorage: Storage {
    private struct State {
        var hook: (@Sendable () -> Void)?
        weak var last: File?
    }

    private let base: MemoryStorage
    private let state = Mutex(State())

    init(_ base: MemoryStorage) {
        self.base = base
    }

    var lastOpened: (any StorageFile)? { self.state.withLock { $0.last } }

    func onOpen(_ hook: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.hook = hook }
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        let file = File(base: try self.base.open(path, mode))
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

        init(base: any StorageFile) {
            self.base = base
        }

        func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
            try self.base.read(at: offset, into: buffer)
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
