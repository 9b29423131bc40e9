import Glibc
import TarnClient

/// A folder that is deleted with everything in it when the test lets go of it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/tarn-client-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(message: "mkdtemp: \(errno)") }
        self.path = String(cString: made)
    }

    deinit {
        Self.remove(self.path)
    }

    struct Failure: Error {
        let message: String
    }

    /// Writes a file below the folder, making what stands above it.
    func write(_ relative: String, _ bytes: [UInt8]) throws {
        try FileContent.publish(bytes, at: "\(self.path)/\(relative)", isDurable: false)
    }

    func write(_ relative: String, _ text: String) throws {
        try self.write(relative, Array(text.utf8))
    }

    func makeDirectory(_ relative: String) throws {
        try FileContent.makeDirectory("\(self.path)/\(relative)")
    }

    func delete(_ relative: String) {
        Self.remove("\(self.path)/\(relative)")
    }

    func rename(_ old: String, _ new: String) throws {
        guard Glibc.rename("\(self.path)/\(old)", "\(self.path)/\(new)") == 0 else {
            throw Failure(message: "rename \(old): \(errno)")
        }
    }

    func read(_ relative: String) throws -> [UInt8] {
        try FileContent.read("\(self.path)/\(relative)", bytesMax: 1 << 30)
    }

    /// Sets the modification time of a file, in nanoseconds since 1970.
    func setModified(_ relative: String, _ nanoseconds: Int) {
        let time = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
        var times = [time, time]
        utimensat(AT_FDCWD, "\(self.path)/\(relative)", &times, 0)
    }

    func modified(_ relative: String) -> Int {
        var status = stat()
        lstat("\(self.path)/\(relative)", &status)
        return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    private static func remove(_ path: String) {
        if let stream = opendir(path) {
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(stream)
            var status = stat()
            for name in names {
                let child = "\(path)/\(name)"
                if lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                    Self.remove(child)
                } else {
                    unlink(child)
                }
            }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
