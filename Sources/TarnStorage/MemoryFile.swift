internal import Synchronization

/// A file in memory, shared by all who opened it.
final class MemoryFile: StorageFile {
    private let path: String
    private let space: MemorySpace
    private let bytes = Mutex<[UInt8]>([])

    init(path: String, space: MemorySpace) {
        self.path = path
        self.space = space
    }

    deinit {
        self.space.give(self.content().count)
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        self.bytes.withLock { bytes in
            guard offset < bytes.count else { return 0 }
            let end = min(bytes.count, offset + buffer.count)
            buffer.copyBytes(from: bytes[offset..<end])
            return end - offset
        }
    }

    func write(_ new: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        guard !new.isEmpty else { return }
        try self.bytes.withLock { bytes throws(StorageError) in
            try self.extend(&bytes, to: offset + new.count)
            bytes.withUnsafeMutableBytes { old in
                UnsafeMutableRawBufferPointer(rebasing: old[offset..<offset + new.count]).copyMemory(from: new)
            }
        }
    }

    func synchronize() throws(StorageError) {}

    func truncate(to bytesCount: Int) throws(StorageError) {
        try self.bytes.withLock { bytes throws(StorageError) in
            if bytesCount < bytes.count {
                self.space.give(bytes.count - bytesCount)
                bytes.removeLast(bytes.count - bytesCount)
            } else {
                try self.extend(&bytes, to: bytesCount)
            }
        }
    }

    func allocate(_ bytesCount: Int) throws(StorageError) {
        let missing = bytesCount - self.content().count
        guard missing <= 0 || self.space.freeBytesCount >= UInt64(missing) else { throw self.full }
    }

    func bytesCount() throws(StorageError) -> Int {
        self.content().count
    }

    func content() -> [UInt8] {
        self.bytes.withLock { $0 }
    }

    func replace(with new: [UInt8]) {
        self.bytes.withLock { bytes in
            self.space.give(bytes.count)
            _ = self.space.take(new.count)
            bytes = new
        }
    }

    /// Fills up with zeros; when the room does not suffice, as far as it goes.
    private func extend(_ bytes: inout [UInt8], to count: Int) throws(StorageError) {
        let missing = count - bytes.count
        guard missing > 0 else { return }
        let taken = self.space.take(missing)
        bytes.append(contentsOf: repeatElement(0, count: taken))
        guard taken == missing else { throw self.full }
    }

    private var full: StorageError {
        StorageError(.noSpace, path: self.path, "cannot write: no space left on device")
    }
}
