internal import Glibc
internal import TarnCore

/// A file that is being written beside its place, and takes it when it is complete.
final class ExportFile: Sendable {
    private let parent: FileDescriptor
    private let file: FileDescriptor
    private let name: String
    private let temporaryName: String

    init(parent: consuming FileDescriptor, name: String, temporaryName: String) throws(SystemError) {
        self.file = try FileDescriptor(at: parent.number, temporaryName, O_WRONLY | O_CREAT | O_EXCL)
        self.parent = parent
        self.name = name
        self.temporaryName = temporaryName
    }

    func append(_ bytes: [UInt8]) throws(SystemError) {
        try self.file.write(all: bytes)
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
