internal import CTarn
internal import Glibc

/// An open file or directory with one owner; closed when the owner lets go of it.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// Opens `name` below `directory`, or by itself when that is `AT_FDCWD`. A symbolic link is refused with `ELOOP`.
    init(
        at directory: Int32 = AT_FDCWD,
        _ name: String,
        _ flags: Int32,
        mode: mode_t = 0o644,
        followLink: Bool = false
    ) throws(SystemError) {
        let all = flags | O_CLOEXEC | (followLink ? 0 : O_NOFOLLOW)
        var number: Int32
        repeat { number = openat(directory, name, all, mode) } while number < 0 && errno == EINTR
        guard number >= 0 else { throw SystemError("open \(name)") }
        self.number = number
    }

    /// A second descriptor of an open file, which shares its position.
    init(duplicating other: Int32) throws(SystemError) {
        self.number = fcntl(other, F_DUPFD_CLOEXEC, 0)
        guard self.number >= 0 else { throw SystemError("duplicate a descriptor") }
    }

    deinit {
        // Nothing was written through a buffer of ours, and errors of writing were seen by `fdatasync` where they
        // matter.
        _ = Glibc.close(self.number)
    }

    /// What the file looks like now.
    func status() throws(SystemError) -> FileStatus {
        var status = stat()
        guard fstat(self.number, &status) == 0 else { throw SystemError("stat") }
        return FileStatus(status)
    }

    /// Fills `buffer` from `offset` on, as far as the file goes, and returns how much of it was filled.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                self.number,
                buffer.baseAddress?.advanced(by: done),
                buffer.count - done,
                off_t(offset) + off_t(done)
            )
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read")
            }
            done += count
        }
        return done
    }

    /// Sets the position at which the next write begins.
    func seek(to offset: Int) throws(SystemError) {
        guard lseek(self.number, off_t(offset), SEEK_SET) >= 0 else { throw SystemError("seek") }
    }

    /// Writes all of `bytes` at the current position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(self.number, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("write")
            }
            done += count
        }
    }

    /// Writes all of `bytes` at the current position.
    func write(all bytes: [UInt8]) throws(SystemError) {
        var failure: SystemError?
        bytes.withUnsafeBytes { buffer in
            do throws(SystemError) { try self.write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Has what follows go past the page cache, or by way of it again; false where the file system does not know that.
    func setBypassingCache(_ isBypassing: Bool) -> Bool {
        tarn_set_direct(self.number, isBypassing ? 1 : 0) == 0
    }

    func synchronize() throws(SystemError) {
        guard fdatasync(self.number) == 0 else { throw SystemError("fdatasync") }
    }

    /// Has the kernel forget the first `count` bytes, which were synchronized: memory for pages that nobody will read
    /// soon costs more than writing them. Advice only, so that it cannot fail.
    func dropCached(_ count: Int) {
        _ = posix_fadvise(self.number, 0, off_t(count), POSIX_FADV_DONTNEED)
    }

    /// Sets the modification time and leaves the access time as it is.
    func setModified(nanoseconds: UInt64) throws(SystemError) {
        let seconds = Int(clamping: nanoseconds / 1_000_000_000)
        let times = [
            timespec(tv_sec: 0, tv_nsec: Int(UTIME_OMIT)),
            timespec(tv_sec: seconds, tv_nsec: Int(nanoseconds % 1_000_000_000)),
        ]
        guard futimens(self.number, times) == 0 else { throw SystemError("set the modification time") }
    }

    // <sys/stat.h> defines it by a macro that does not reach Swift.
    private var UTIME_OMIT: Int { (1 << 30) - 2 }
}
