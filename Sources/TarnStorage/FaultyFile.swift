/// A file of a ``FaultyStorage``.
final class FaultyFile: StorageFile {
    private let storage: FaultyStorage
    private let file: MemoryFile
    private let path: String
    private let id: Int

    init(storage: FaultyStorage, file: MemoryFile, path: String, id: Int) {
        self.storage = storage
        self.file = file
        self.path = path
        self.id = id
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        try self.storage.checkReadable(self.path, offset..<offset + buffer.count)
        return try self.file.read(at: offset, into: buffer)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        try self.storage.write(bytes, at: offset, to: self.file, path: self.path, id: self.id)
    }

    func synchronize() throws(StorageError) {
        try self.storage.synchronize(path: self.path, id: self.id)
    }

    func truncate(to bytesCount: Int) throws(StorageError) {
        try self.storage.truncate(to: bytesCount, of: self.file, path: self.path, id: self.id)
    }

    func allocate(_ bytesCount: Int) throws(StorageError) {
        try self.storage.step(self.path)
        try self.file.allocate(bytesCount)
    }

    func bytesCount() throws(StorageError) -> Int {
        try self.storage.check(self.path)
        return try self.file.bytesCount()
    }
}
