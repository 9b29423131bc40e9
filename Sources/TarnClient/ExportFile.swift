internal import Glibc
internal import Synchronization
internal import TarnCore

/// A file that is being written beside its place, and takes it when it is complete.
final class ExportFile: Sendable {
    private let parent: OpenFolder
    private let file: FileDescriptor
    private let name: String
    private let temporaryName: String
    private let progress = Mutex(Progress())

    private struct Progress {
        var written = 0
        /// How much of it is on the disk for certain.
        var synchronized = 0
        /// Whether the file system takes what goes past the page cache, as far as is known.
        var mayBypassCache = true
        /// Made with the first piece that goes past the page cache.
        var block: AlignedBlock?
    }

    init(parent: OpenFolder, name: String, temporaryName: String) throws(SystemError) {
        // No two files of a process have one name, so it can only be left of an earlier process of this number.
        unlinkat(parent.number, temporaryName, 0)
        self.file = try FileDescriptor(at: parent.number, temporaryName, O_WRONLY | O_CREAT | O_EXCL)
        self.parent = parent
        self.name = name
        self.temporaryName = temporaryName
    }

    /// Writes `bytes` behind the others. What is large goes past the page cache, which would else be filled with what
    /// nobody reads, at the price of a second copy and of a page for every 4 KiB.
    func append(_ bytes: [UInt8]) throws(SystemError) {
        try self.progress.withLock { progress throws(SystemError) in
            defer { progress.written += bytes.count }
            if try self.appendDirectly(bytes, &progress) { return }
            try self.file.write(all: bytes)
            try self.boundCached(progress.written + bytes.count, &progress)
        }
    }

    /// Writes `bytes` past the page cache and returns true, or does nothing and returns false where that is not
    /// possible or not worth it.
    private func appendDirectly(_ bytes: [UInt8], _ progress: inout Progress) throws(SystemError) -> Bool {
        let isWanted =
            progress.mayBypassCache && bytes.count >= Limits.exportDirectBytesMin
            && AlignedBlock.isAligned(bytes.count) && AlignedBlock.isAligned(progress.written)
        guard isWanted, self.file.setBypassingCache(true) else { return false }
        defer { _ = self.file.setBypassingCache(false) }
        let block = progress.block ?? AlignedBlock()
        progress.block = block
        do throws(SystemError) {
            try block.write(bytes, to: self.file)
            return true
        } catch {
            // A file system may take the flag and refuse the write.
            guard error.number == EINVAL else { throw error }
            progress.mayBypassCache = false
            try self.file.seek(to: progress.written)
            return false
        }
    }

    /// Has what is written go to the disk and leave the page cache from time to time, so that it is not written all at
    /// once in the end.
    private func boundCached(_ written: Int, _ progress: inout Progress) throws(SystemError) {
        guard written - progress.synchronized >= Limits.exportCachedBytesMax else { return }
        try self.file.synchronize()
        self.file.dropCached(written)
        progress.synchronized = written
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
