internal import Glibc
internal import Synchronization
internal import TarnCore

/// A file that is being written beside its place, and takes it when it is complete.
final class ExportFile: Sendable {
    private let parent: FileDescriptor
    private let file: FileDescriptor
    private let name: String
    private let temporaryName: String
    private let progress = Mutex(Progress())

    private struct Progress {
        var written = 0
        /// How much of it is on the disk for certain.
        var synchronized = 0
    }

    init(parent: consuming FileDescriptor, name: String, temporaryName: String) throws(SystemError) {
        self.file = try FileDescriptor(at: parent.number, temporaryName, O_WRONLY | O_CREAT | O_EXCL)
        self.parent = parent
        self.name = name
        self.temporaryName = temporaryName
    }

    /// Writes `bytes` behind the others. What is large goes to the disk meanwhile and leaves the page cache, which
    /// would else be filled with what nobody reads and be written all at once in the end.
    func append(_ bytes: [UInt8]) throws(SystemError) {
        try self.file.write(all: bytes)
        let (written, isDue) = self.progress.withLock { progress in
            progress.written += bytes.count
            let isDue = progress.written - progress.synchronized >= Limits.exportCachedBytesMax
            if isDue { progress.synchronized = progress.written }
            return (progress.written, isDue)
        }
        guard isDue else { return }
        try self.file.synchronize()
        self.file.dropCached(written)
    }

    /// Moves the file to its place, with the modification time where one is known; returns its stamp.
    func publish(modifiedNanoseconds: UInt64?) throws(SystemError) -> FileStamp {
        if let modifiedNanoseconds { try self.file.setModified(nanoseconds: modifiedNanoseconds) }
        guard renameat(self.parent.number, self.temporaryName, self.parent.number, self.name) == 0 else {
            let error = SystemError("rename to \(self.name)")
            self.discard()
            throw error
        }
        return try self.file.status().stamp
    }

    func discard() {
        unlinkat(self.parent.number, self.temporaryName, 0)
    }
}
