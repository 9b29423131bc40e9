internal import Glibc
internal import NIOCore
internal import Synchronization
internal import TarnCore
internal import TarnCrypto

/// The chunks of one file or stream, framed for `POST /v1/stage`, and the SHA-256 of all of it.
final class ChunkSource: Sendable {
    /// The file is no longer what it was when its reading began.
    struct Changed: Error {
        let stamp: FileStamp
    }

    private struct State: ~Copyable {
        var hasher = SHA256Hasher()
        var bytesCount: UInt64 = 0
        /// Bytes that were read from the stream before it was known to be long.
        var head: [UInt8]

        mutating func absorb(_ bytes: ByteBuffer) {
            bytes.withUnsafeReadableBytes { self.hasher.update($0) }
            self.bytesCount += UInt64(bytes.readableBytes)
        }
    }

    private let file: FileDescriptor
    /// What the file must look like before and after; nil for a stream, which ends where it ends.
    private let stamp: FileStamp?
    private let state: Mutex<State>

    init(path: String, stamp: FileStamp) throws {
        self.file = try FileDescriptor(path, O_RDONLY | O_NONBLOCK)
        self.stamp = stamp
        self.state = Mutex(State(head: []))
        let now = try self.file.status()
        guard now.kind == .file, now.stamp == stamp else { throw Changed(stamp: now.stamp) }
    }

    /// A stream of unknown length, of which `head` was read already.
    init(stream: consuming FileDescriptor, head: [UInt8]) {
        self.file = stream
        self.stamp = nil
        self.state = Mutex(State(head: head))
    }

    /// The next chunk behind its length, or nil at the end. Throws ``Changed`` when the file is not what it was. May
    /// block.
    func nextChunk() throws -> ByteBuffer? {
        try self.state.withLock { state in
            if let stamp = self.stamp { return try self.nextPiece(of: stamp, &state) }
            let head = exchange(&state.head, with: [])
            var bytes = ByteBuffer(bytes: head.prefix(Limits.chunkBytes))
            state.head = Array(head.dropFirst(Limits.chunkBytes))
            try self.fill(&bytes, count: Limits.chunkBytes - bytes.readableBytes)
            guard bytes.readableBytes > 0 else { return nil }
            var chunk = ByteBuffer()
            chunk.reserveCapacity(bytes.readableBytes + FrameBuffer.framingBytesMax(count: 1))
            FrameBuffer.writeLength(bytes.readableBytes, to: &chunk)
            state.absorb(bytes)
            chunk.writeBuffer(&bytes)
            return chunk
        }
    }

    private func nextPiece(of stamp: FileStamp, _ state: inout State) throws -> ByteBuffer? {
        let wanted = Int(min(UInt64(Limits.chunkBytes), stamp.size - state.bytesCount))
        guard wanted > 0 else {
            let now = try self.file.status().stamp
            guard now == stamp else { throw Changed(stamp: now) }
            return nil
        }
        var chunk = ByteBuffer()
        chunk.reserveCapacity(wanted + FrameBuffer.framingBytesMax(count: 1))
        FrameBuffer.writeLength(wanted, to: &chunk)
        let start = chunk.writerIndex
        try self.fill(&chunk, count: wanted)
        guard chunk.writerIndex - start == wanted, let piece = chunk.getSlice(at: start, length: wanted) else {
            throw Changed(stamp: try self.file.status().stamp)
        }
        state.absorb(piece)
        return chunk
    }

    /// Appends up to `count` bytes, fewer only at the end.
    private func fill(_ buffer: inout ByteBuffer, count wanted: Int) throws(SystemError) {
        var failure: SystemError?
        let descriptor = self.file.number
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
            var done = 0
            while done < wanted {
                let count = Glibc.read(descriptor, space.baseAddress?.advanced(by: done), wanted - done)
                if count == 0 { break }
                if count < 0 {
                    if errno == EINTR { continue }
                    failure = SystemError("read")
                    break
                }
                done += count
            }
            return done
        }
        if let failure { throw failure }
    }

    /// The hash and length of all chunks; to be called once, behind the last one.
    func finish() -> (content: BlobAddress, size: UInt64) {
        self.state.withLock { state in
            (exchange(&state.hasher, with: SHA256Hasher()).finish(), state.bytesCount)
        }
    }
}
