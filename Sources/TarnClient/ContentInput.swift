internal import Glibc
internal import TarnCore

/// The bytes that one `put` sends, read from a file or from standard input.
final class ContentInput: Sendable {
    private let file: FileDescriptor
    /// Of a regular file; a stream has none.
    let modifiedNanoseconds: UInt64?

    /// Opens the file at `location`, or takes standard input for `-`.
    init(_ location: String) throws(SystemError) {
        let file =
            location == "-"
            ? try FileDescriptor(duplicating: STDIN_FILENO) : try FileDescriptor(location, O_RDONLY, followLink: true)
        let status = try file.status()
        guard status.kind != .directory else { throw SystemError("read", EISDIR) }
        self.modifiedNanoseconds = status.kind == .file ? UInt64(clamping: status.stamp.modifiedNanoseconds) : nil
        self.file = file
    }

    /// All of a small content, or the first 4 MiB and one byte of a larger one. May block.
    func head() throws(SystemError) -> [UInt8] {
        var head: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        while head.count <= Limits.blobBytesMax {
            let wanted = min(piece.count, Limits.blobBytesMax + 1 - head.count)
            let count = Glibc.read(self.file.number, &piece, wanted)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read")
            }
            if count == 0 { break }
            head.append(contentsOf: piece[..<count])
        }
        return head
    }

    /// `head`, and what comes behind it, as chunks.
    func chunks(behind head: [UInt8]) throws(SystemError) -> ChunkSource {
        ChunkSource(stream: try FileDescriptor(duplicating: self.file.number), head: head)
    }
}
