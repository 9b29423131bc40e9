internal import Dispatch
internal import Glibc
internal import Synchronization
internal import TarnCore

/// Walks a source folder on several threads and stats every file, reading none.
///
/// Symbolic links are not followed: a link, socket, device or pipe, a name that is not UTF-8 and a folder that cannot
/// be opened are named as problems and left out.
package final class SourceScanner: Sendable {
    private let root: String
    private let patterns: IgnorePatterns
    /// Bytes that the longest relative path may have so that its path in the namespace is legal.
    private let pathBytesMax: Int
    private let result = Mutex(SourceTree())
    private let group = DispatchGroup()

    private init(root: String, patterns: IgnorePatterns, targetBytesCount: Int) {
        self.root = root
        self.patterns = patterns
        self.pathBytesMax = Limits.pathBytesMax - targetBytesCount - 1
    }

    /// All folders and regular files below the folder at `root`, for a target whose path has `targetBytesCount` bytes.
    /// Throws ``ClientError`` with code `usage` when there is no folder at `root`.
    package static func scan(
        _ root: String,
        patterns: IgnorePatterns,
        targetBytesCount: Int
    ) async throws -> SourceTree {
        let scanner = SourceScanner(root: root, patterns: patterns, targetBytesCount: targetBytesCount)
        try scanner.checkRoot()
        return await withCheckedContinuation { continuation in
            scanner.enter([])
            scanner.group.notify(queue: BlockingWork.queue) {
                var tree = scanner.result.withLock { exchange(&$0, with: SourceTree()) }
                tree.sort()
                continuation.resume(returning: tree)
            }
        }
    }

    private func checkRoot() throws(ClientError) {
        do {
            let status = try FileStatus(self.root, followLink: true)
            guard status.kind == .directory else {
                throw ClientError(.usage, "\(self.root) is not a folder; use 'tarn put' for a single file")
            }
        } catch let error as SystemError {
            throw ClientError(.usage, "cannot import \(self.root): \(error.reason)")
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError(.failed, "cannot import \(self.root): \(error)")
        }
    }

    /// Reads the folder at `path` on some thread, and in turn those below it.
    private func enter(_ path: [UInt8]) {
        BlockingWork.queue.async(group: self.group) {
            var found = SourceTree()
            self.read(path, into: &found)
            self.result.withLock { $0.append(found) }
        }
    }

    private func read(_ path: [UInt8], into found: inout SourceTree) {
        let location = path.isEmpty ? self.root : "\(self.root)/\(String(decoding: path, as: UTF8.self))"
        let descriptor = open(location, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (path.isEmpty ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { return found.skip(path, SystemError("open").reason) }
        guard let stream = fdopendir(descriptor) else {
            let reason = SystemError("open").reason
            close(descriptor)
            return found.skip(path, reason)
        }
        defer { closedir(stream) }
        let prefix = path.isEmpty ? path : path + [0x2f]
        var child: [UInt8] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { found.skip(path, "listing it failed: \(SystemError("list").reason)") }
                return
            }
            // The name lies in the record itself, and the record may be shorter than its type.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let nameBytes = UnsafeRawBufferPointer(start: name, count: strlen(name))
            if nameBytes.first == 0x2e, nameBytes.count == 1 || (nameBytes.count == 2 && nameBytes[1] == 0x2e) {
                continue
            }
            // What an export left that was ended is no file of anybody.
            if TemporaryName.process(of: nameBytes) != nil { continue }
            child.removeAll(keepingCapacity: true)
            child.append(contentsOf: prefix)
            child.append(contentsOf: nameBytes)
            self.take(child, name: name, directory: descriptor, into: &found)
        }
    }

    private func take(
        _ path: [UInt8],
        name: UnsafePointer<CChar>,
        directory: Int32,
        into found: inout SourceTree
    ) {
        let status: FileStatus
        do {
            status = try FileStatus(at: directory, name)
        } catch {
            // Deleted between the listing and this call: the source no longer has it.
            return error.isMissing ? () : found.skip(path, error.reason)
        }
        if self.patterns.excludes(path[...], isDirectory: status.kind == .directory) { return found.exclude(path) }
        if let reason = self.complaint(path, status.kind) { return found.skip(path, reason) }
        found.append(path: path, isDirectory: status.kind == .directory, stamp: status.stamp)
        if status.kind == .directory { self.enter(path) }
    }

    /// Why what stands at `path` cannot be imported, or nil when it can.
    private func complaint(_ path: [UInt8], _ kind: FileStatus.Kind) -> String? {
        if !path.allSatisfy({ $0 < 0x80 }), String(validating: path, as: UTF8.self) == nil {
            return "its name is not UTF-8; rename it"
        }
        if path.count > self.pathBytesMax {
            return "its path would have over \(Limits.pathBytesMax) bytes; import a folder further down"
        }
        return switch kind {
        case .directory, .file: nil
        case .symbolicLink: "symbolic links are not imported; import what it points to"
        case .other: "sockets, pipes and devices are not imported"
        }
    }
}
