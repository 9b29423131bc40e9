internal import CTarn

/// A file of the machine. The kernel orders concurrent calls on a descriptor; nothing here changes after `init`.
final class PosixFile: StorageFile {
    private static let directAlignment = 4_096

    private let descriptor: FileDescriptor
    private let path: String
    private let isDirect: Bool

    init(descriptor: consuming FileDescriptor, path: String, isDirect: Bool) {
        self.descriptor = descriptor
        self.path = path
        self.isDirect = isDirect
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        guard !self.isDirect else { return try self.readDirect(at: offset, into: buffer) }
        let count = tarn_pread(self.descriptor.number, buffer.baseAddress, buffer.count, UInt64(offset))
        return Int(try PosixStorage.check(count, path: self.path, "read at \(offset)"))
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        let result = tarn_pwrite(self.descriptor.number, bytes.baseAddress, bytes.count, UInt64(offset))
        _ = try PosixStorage.check(result, path: self.path, "write \(bytes.count) bytes at \(offset)")
    }

    func synchronize() throws(StorageError) {
        _ = try PosixStorage.check(tarn_fdatasync(self.descriptor.number), path: self.path, "synchronize")
    }

    func truncate(to bytesCount: Int) throws(StorageError) {
        let result = tarn_ftruncate(self.descriptor.number, UInt64(bytesCount))
        _ = try PosixStorage.check(result, path: self.path, "cut to \(bytesCount) bytes")
    }

    func allocate(_ bytesCount: Int) throws(StorageError) {
        let result = tarn_allocate(self.descriptor.number, UInt64(bytesCount))
        _ = try PosixStorage.check(result, path: self.path, "allocate \(bytesCount) bytes")
    }

    func dropCached(_ range: Range<Int>) {
        tarn_drop_cached(self.descriptor.number, UInt64(range.lowerBound), UInt64(range.count))
    }

    func bytesCount() throws(StorageError) -> Int {
        Int(try PosixStorage.check(tarn_size(self.descriptor.number), path: self.path, "ask for the size"))
    }

    /// O_DIRECT wants aligned addresses, offsets and lengths: reads whole blocks and copies the wanted part out.
    private func readDirect(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        let mask = Self.directAlignment - 1
        let start = offset & ~mask
        let length = (offset + buffer.count + mask) & ~mask - start
        let blocks = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: Self.directAlignment)
        defer { blocks.deallocate() }
        let result = tarn_pread(self.descriptor.number, blocks.baseAddress, length, UInt64(start))
        let count = Int(try PosixStorage.check(result, path: self.path, "read at \(start), past the cache,"))
        let available = max(0, min(buffer.count, count - (offset - start)))
        buffer.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: blocks[(offset - start)..<(offset - start + available)])
        )
        return available
    }
}
