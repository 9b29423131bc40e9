internal import Glibc
internal import Synchronization
internal import TarnCore
internal import TarnCrypto

/// The folder that an export writes into. Nothing is ever opened through a symbolic link, so that no path can lead out
/// of it.
final class ExportFolder: Sendable {
    private let root: OpenFolder
    /// Folders below that were opened last: files come sorted, and walking to each anew took a quarter of an export.
    private let recent = Mutex<[(path: ArraySlice<UInt8>, folder: OpenFolder)]>([])
    private let temporaryCount = Mutex(0)
    /// Hashes of the paths of folders that were swept: once, before anything of this run stands there. Two that are
    /// equal leave one unswept, which does no harm.
    private let swept = Mutex<Set<Int>>([])

    /// Makes the folder at `path` where it is missing.
    init(path: String) throws(SystemError) {
        try FileContent.makeDirectory(path)
        self.root = OpenFolder(try FileDescriptor(path, O_RDONLY | O_DIRECTORY, followLink: true))
        TemporaryName.sweep(self.root)
    }

    /// Makes the folder at `path`, whose parent exists.
    func makeDirectory(_ path: ArraySlice<UInt8>) throws(SystemError) {
        let place = try self.place(of: path)
        if mkdirat(place.folder.number, place.name, 0o755) == 0 { return }
        guard errno == EEXIST else { throw SystemError("make the folder") }
        guard try FileStatus(at: place.folder.number, place.name).kind == .directory else {
            throw SystemError("make the folder", ENOTDIR)
        }
    }

    /// What stands at `path`; nil for nothing.
    func status(_ path: ArraySlice<UInt8>) throws(SystemError) -> FileStatus? {
        do throws(SystemError) {
            let place = try self.place(of: path)
            return try FileStatus(at: place.folder.number, place.name)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// The SHA-256 of the file at `path`.
    func digest(_ path: ArraySlice<UInt8>) throws(SystemError) -> Digest {
        let place = try self.place(of: path)
        let file = try FileDescriptor(at: place.folder.number, place.name, O_RDONLY | O_NONBLOCK)
        var hasher = SHA256Hasher()
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(file.number, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read")
            }
            if count == 0 { return hasher.finish() }
            piece.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    func setModified(_ path: ArraySlice<UInt8>, nanoseconds: UInt64) throws(SystemError) {
        let place = try self.place(of: path)
        try FileDescriptor(at: place.folder.number, place.name, O_RDONLY | O_NONBLOCK).setModified(
            nanoseconds: nanoseconds
        )
    }

    /// Begins a file that will stand at `path` once it is published.
    func create(_ path: ArraySlice<UInt8>) throws(SystemError) -> ExportFile {
        let place = try self.place(of: path)
        let number = self.temporaryCount.withLock { count in
            count += 1
            return count
        }
        return try ExportFile(parent: place.folder, name: place.name, temporaryName: TemporaryName.make(number))
    }

    private func place(of path: ArraySlice<UInt8>) throws(SystemError) -> Place {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            return Place(folder: self.root, name: String(decoding: path, as: UTF8.self))
        }
        let name = String(decoding: path[(slash + 1)...], as: UTF8.self)
        return Place(folder: try self.folder(at: path[..<slash]), name: name)
    }

    /// Opens the folder at `path`, component by component, unless it is among those opened last.
    private func folder(at path: ArraySlice<UInt8>) throws(SystemError) -> OpenFolder {
        if let known = self.recent.withLock({ $0.first { $0.path == path }?.folder }) { return known }
        var current = self.root
        for component in path.split(separator: UInt8(ascii: "/")) {
            let name = String(decoding: component, as: UTF8.self)
            current = OpenFolder(try FileDescriptor(at: current.number, name, O_RDONLY | O_DIRECTORY))
        }
        let opened = current
        if self.swept.withLock({ $0.insert(Array(path).hashValue).inserted }) { TemporaryName.sweep(opened) }
        self.recent.withLock { recent in
            if recent.count == Limits.exportFoldersOpenMax { recent.removeFirst() }
            recent.append((Array(path)[...], opened))
        }
        return opened
    }

    /// A name in an open folder.
    private struct Place {
        let folder: OpenFolder
        let name: String
    }
}
