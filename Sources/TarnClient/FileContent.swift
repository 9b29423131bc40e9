internal import Glibc

/// Small files read and published whole.
package enum FileContent {
    /// All bytes of the file at `path`, which must not have more than `bytesMax`.
    package static func read(_ path: String, bytesMax: Int) throws(SystemError) -> [UInt8] {
        let file = try FileDescriptor(path, O_RDONLY, followLink: true)
        let status = try file.status()
        guard status.kind != .directory else { throw SystemError("read \(path)", EISDIR) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file.number, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read \(path)")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[..<count])
            guard bytes.count <= bytesMax else { throw SystemError("read \(path)", EFBIG) }
        }
    }

    /// Replaces the file at `path` by `bytes`, all or nothing, and makes its folder where that is missing.
    ///
    /// With `isDurable`, it is on the disk when this returns; without, a crash leaves the old file or a damaged one.
    package static func publish(_ bytes: [UInt8], at path: String, isDurable: Bool) throws(SystemError) {
        let directory = path.utf8.lastIndex(of: 0x2f).map { String(path[..<$0]) } ?? "."
        try self.makeDirectory(directory)
        let temporary = "\(path).\(getpid()).new"
        do throws(SystemError) {
            let file = try FileDescriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            try file.write(all: bytes)
            if isDurable { try file.synchronize() }
            guard rename(temporary, path) == 0 else { throw SystemError("rename \(temporary)") }
            if isDurable { try FileDescriptor(directory, O_RDONLY | O_DIRECTORY, followLink: true).synchronize() }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Makes the folder at `path` and those above it.
    package static func makeDirectory(_ path: String) throws(SystemError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.utf8.lastIndex(of: 0x2f), slash != path.startIndex else {
            throw SystemError("make the folder \(path)")
        }
        try self.makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("make the folder \(path)") }
    }
}
