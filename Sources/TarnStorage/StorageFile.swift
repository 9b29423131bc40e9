/// An open file. Reads may run side by side with each other and with one writer; it closes with its last reference.
package protocol StorageFile: AnyObject, Sendable {
    /// Fills `buffer` from `offset` on and returns how many bytes there were: fewer than asked for only at the end of
    /// the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int
    /// Writes all of `bytes` at `offset`, extending the file when needed. After an error any part of them may have been
    /// written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError)
    /// Makes everything written so far durable. After an error nothing may be believed of what was written since the
    /// last success, and calling again proves nothing: the kernel reports a lost page once.
    func synchronize() throws(StorageError)
    /// Cuts the file, or extends it with zeros.
    func truncate(to bytesCount: Int) throws(StorageError)
    /// Reserves room for `bytesCount` bytes without changing what the file holds.
    func allocate(_ bytesCount: Int) throws(StorageError)
    func bytesCount() throws(StorageError) -> Int
    /// Says that what lies in `range` was synchronized and will hardly be read soon, so that it need not be kept in
    /// memory. Advice: it changes nothing that can be seen.
    func dropCached(_ range: Range<Int>)
}

extension StorageFile {
    /// Where there is no cache there is nothing to drop.
    package func dropCached(_: Range<Int>) {}

    /// Up to `count` bytes from `offset` on.
    package func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(StorageError) {
                initialized = try self.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all of `bytes` at `offset`.
    package func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var failure: StorageError?
        bytes.withUnsafeBytes { buffer in
            do throws(StorageError) {
                try self.write(buffer, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
