internal import Synchronization
internal import TarnStorage

/// A new file that is written from its beginning to its end.
final class SequentialFile: Sendable {
    private let file: any StorageFile
    private let end = Mutex<Int>(0)

    init(_ file: any StorageFile) {
        self.file = file
    }

    /// Writes `bytes` behind what was written before and returns where they begin. What would lie past `bytesMax` is
    /// dropped: it is wrong in any case, and must not fill the disk.
    func append(_ bytes: [UInt8], upTo bytesMax: UInt64) throws -> UInt64 {
        try self.end.withLock { end in
            let start = end
            if UInt64(start + bytes.count) <= bytesMax { try self.file.write(bytes, at: start) }
            end += bytes.count
            return UInt64(start)
        }
    }
}
