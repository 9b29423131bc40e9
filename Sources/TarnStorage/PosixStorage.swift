internal import CTarn
internal import Glibc

/// The file system of the machine.
package struct PosixStorage: Storage {
    private let space = FreeSpace { .now }

    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        let flags =
            switch mode {
            case .read: TARN_OPEN_READ
            case .write: TARN_OPEN_WRITE
            case .create: TARN_OPEN_WRITE | TARN_OPEN_CREATE
            case .direct: TARN_OPEN_READ | TARN_OPEN_DIRECT
            }
        let descriptor = try Self.check(tarn_open(path, Int32(flags)), path: path, "open")
        return PosixFile(descriptor: FileDescriptor(descriptor), path: path, isDirect: mode == .direct)
    }

    package func makeDirectory(_ path: String) throws(StorageError) {
        let result = tarn_make_directory(path)
        guard result != -EEXIST else { return }
        _ = try Self.check(result, path: path, "create the directory")
    }

    package func list(_ directory: String) throws(StorageError) -> [StorageListing] {
        var error: Int32 = 0
        guard let handle = tarn_open_directory(directory, &error) else {
            throw Self.error(error, path: directory, "list")
        }
        defer { tarn_close_directory(handle) }
        var out: [StorageListing] = []
        var entry = tarn_directory_entry()
        while try Self.check(tarn_next_entry(handle, &entry), path: directory, "list") == 1 {
            out.append(
                StorageListing(
                    name: String(cString: entry.name),
                    bytesCount: Int(entry.size),
                    isDirectory: entry.is_directory != 0
                )
            )
        }
        return out.sorted { $0.name < $1.name }
    }

    package func rename(_ source: String, to target: String) throws(StorageError) {
        _ = try Self.check(tarn_rename(source, target), path: source, "rename to \(target)")
    }

    package func remove(_ path: String) throws(StorageError) {
        _ = try Self.check(tarn_unlink(path), path: path, "remove")
    }

    package func synchronizeDirectory(_ directory: String) throws(StorageError) {
        _ = try Self.check(tarn_sync_directory(directory), path: directory, "synchronize the directory")
    }

    package func lock(_ path: String) throws(StorageError) -> any StorageLock {
        let descriptor = tarn_lock(path)
        if descriptor == -EWOULDBLOCK {
            throw StorageError(.locked, path: path, "is locked: another node is running on this data folder")
        }
        return PosixLock(FileDescriptor(try Self.check(descriptor, path: path, "lock")))
    }

    package func freeBytesCount(at path: String) throws(StorageError) -> UInt64 {
        try self.space.bytesCount(at: path) { () throws(StorageError) in
            UInt64(try Self.check(tarn_free_bytes(path), path: path, "ask for the free space"))
        }
    }

    /// Turns -errno into an error. EBADF means that this process closed a descriptor it still uses, so another file may
    /// be the one that is written next: it must not go on.
    static func check<Result: BinaryInteger>(
        _ result: Result,
        path: String,
        _ action: String
    ) throws(StorageError) -> Result {
        guard result < 0 else { return result }
        throw self.error(Int32(result), path: path, action)
    }

    private static func error(_ result: Int32, path: String, _ action: String) -> StorageError {
        precondition(result != -EBADF, "cannot \(action) \(path): its descriptor is not open")
        let code: StorageError.Code =
            switch -result {
            case ENOENT: .notFound
            case EEXIST: .alreadyExists
            case ENOSPC, EDQUOT, EFBIG: .noSpace
            case EACCES, EPERM, EROFS: .permissionDenied
            case EIO: .inputOutput
            default: .other
            }
        return StorageError(code, path: path, "cannot \(action): \(String(cString: strerror(-result)))")
    }
}
