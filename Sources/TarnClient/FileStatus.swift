internal import Glibc

/// What a folder says of a file without reading it: as long as this is equal, the content is taken to be equal.
package struct FileStamp: Hashable, Sendable {
    package var size: UInt64
    package var modifiedNanoseconds: Int64
    /// Time of the last change of the inode, which no program can set back.
    package var changedNanoseconds: Int64
    package var inode: UInt64

    package init(size: UInt64, modifiedNanoseconds: Int64, changedNanoseconds: Int64, inode: UInt64) {
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
        self.inode = inode
    }
}

/// Kind and stamp of what stands at a path of the file system.
struct FileStatus: Sendable {
    enum Kind: UInt8, Sendable {
        case directory
        case file
        case symbolicLink
        case other
    }

    let kind: Kind
    let stamp: FileStamp

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFDIR: self.kind = .directory
        case S_IFREG: self.kind = .file
        case S_IFLNK: self.kind = .symbolicLink
        default: self.kind = .other
        }
        self.stamp = FileStamp(
            size: UInt64(clamping: status.st_size),
            modifiedNanoseconds: Self.nanoseconds(status.st_mtim),
            changedNanoseconds: Self.nanoseconds(status.st_ctim),
            inode: UInt64(status.st_ino)
        )
    }

    /// What stands at `name` below `directory`, itself and not what it links to.
    init(at directory: Int32 = AT_FDCWD, _ name: UnsafePointer<CChar>, followLink: Bool = false) throws(SystemError) {
        var status = stat()
        guard fstatat(directory, name, &status, followLink ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw SystemError("stat \(String(cString: name))")
        }
        self.init(status)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ Int64(time.tv_nsec)
    }
}
