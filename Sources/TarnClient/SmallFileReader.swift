internal import Glibc
internal import NIOCore
internal import TarnCore
internal import TarnCrypto

/// One file of a batch, as the driver hands it out.
struct ReadOrder: Sendable {
    let index: Int
    /// Relative to the source.
    let path: [UInt8]
    let stamp: FileStamp
    let known: ImportPlan.Known?
}

/// What became of the files of one batch.
struct BatchContents: Sendable {
    struct File: Sendable {
        let index: Int
        let stamp: FileStamp
        let attributes: Attributes
    }

    /// The framed contents of ``staged``, in its order.
    var frames: ByteBuffer
    var staged: [File] = []
    /// Files whose content the target has already: nothing to send.
    var same: [File] = []
    /// Files that changed while they were read, with what they look like now.
    var changed: [(index: Int, stamp: FileStamp)] = []
    var failed: [(index: Int, reason: String)] = []
}

/// Reads a batch of small files into one buffer, on a thread that may block.
struct SmallFileReader {
    private let context: ImportContext
    private var contents: BatchContents
    /// The folder that was opened last: files come sorted, so most share it with the one before.
    private var directory: (path: [UInt8], descriptor: Int32)?

    /// `buffer` is used for its memory.
    static func read(_ orders: [ReadOrder], into buffer: ByteBuffer, _ context: ImportContext) -> BatchContents {
        var reader = SmallFileReader(context: context, contents: BatchContents(frames: buffer))
        reader.contents.frames.clear()
        for order in orders { reader.read(order) }
        if let directory = reader.directory { close(directory.descriptor) }
        return reader.contents
    }

    private init(context: ImportContext, contents: BatchContents) {
        self.context = context
        self.contents = contents
    }

    private mutating func read(_ order: ReadOrder) {
        let start = self.contents.frames.writerIndex
        do throws(SystemError) {
            let nameStart = order.path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            let name = order.path[nameStart...]
            let parent = try self.open(directory: order.path[..<max(0, nameStart - 1)])
            // A pipe that took the file's place must not block the reader.
            let file = try FileDescriptor(at: parent, String(decoding: name, as: UTF8.self), O_RDONLY | O_NONBLOCK)
            let size = Int(order.stamp.size)
            FrameBuffer.writeLength(size, to: &self.contents.frames)
            let count = try self.fill(file, size: size)
            let status = try file.status()
            guard status.kind == .file, status.stamp == order.stamp, count == size else {
                self.contents.frames.moveWriterIndex(to: start)
                return self.contents.changed.append((order.index, status.stamp))
            }
            self.take(order, name: name, frameStart: start)
        } catch {
            self.contents.frames.moveWriterIndex(to: start)
            self.contents.failed.append((order.index, error.isMissing ? "it vanished during the import" : error.reason))
        }
    }

    /// Reads `size` bytes behind what the buffer holds and returns how many there were, which is more when the file has
    /// grown.
    private mutating func fill(_ file: borrowing FileDescriptor, size: Int) throws(SystemError) -> Int {
        self.contents.frames.reserveCapacity(minimumWritableBytes: size + 1)
        var failure: SystemError?
        var found = 0
        let descriptor = file.number
        self.contents.frames.writeWithUnsafeMutableBytes(minimumWritableBytes: size + 1) { space in
            while found <= size {
                let count = Glibc.read(descriptor, space.baseAddress?.advanced(by: found), size + 1 - found)
                if count == 0 { break }
                if count < 0 {
                    if errno == EINTR { continue }
                    failure = SystemError("read")
                    break
                }
                found += count
                // The size is known, so that a full read needs no second call to see the end.
                if found == size { break }
            }
            return min(found, size)
        }
        if let failure { throw failure }
        return found
    }

    private mutating func take(_ order: ReadOrder, name: ArraySlice<UInt8>, frameStart: Int) {
        let size = Int(order.stamp.size)
        let (attributes, isSame) = self.contents.frames.withUnsafeReadableBytes { bytes in
            let content = UnsafeRawBufferPointer(rebasing: bytes.suffix(size))
            let attributes = self.context.attributes(name: name, content: content, stamp: order.stamp)
            let isSame = order.known?.size == UInt64(size) && order.known?.content == SHA256.digest(content)
            return (attributes, isSame)
        }
        let file = BatchContents.File(index: order.index, stamp: order.stamp, attributes: attributes)
        if isSame {
            self.contents.frames.moveWriterIndex(to: frameStart)
            self.contents.same.append(file)
        } else {
            self.contents.staged.append(file)
        }
    }

    private mutating func open(directory path: ArraySlice<UInt8>) throws(SystemError) -> Int32 {
        if let directory = self.directory {
            if path.elementsEqual(directory.path) { return directory.descriptor }
            close(directory.descriptor)
            self.directory = nil
        }
        let location = path.isEmpty ? self.context.source : self.context.location(path)
        let descriptor = Glibc.open(location, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open \(location)") }
        self.directory = (Array(path), descriptor)
        return descriptor
    }
}
