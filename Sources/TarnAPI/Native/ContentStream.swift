internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// Sends the bytes of an entry: a small file at once, a large one chunk by chunk, so that memory does not grow with the
/// file.
struct ContentStream: Sendable {
    let node: any NodeService
    let entry: Entry

    /// The bytes of `range`. Throws before anything is sent when the first of them cannot be read; later failures close
    /// the connection.
    func body(_ range: Range<UInt64>, permit: RequestPermit?) async throws -> ResponseBody {
        if range.isEmpty { return ResponseBody() }
        guard self.entry.manifest != nil else {
            let bytes = try await self.node.blob(self.entry.content)
            return ResponseBody(
                byteBuffer: ByteBuffer(bytes: try Self.slice(bytes, Int(range.lowerBound)..<Int(range.upperBound)))
            )
        }
        let manifest = try await self.node.manifest(of: self.entry)
        guard range.upperBound <= manifest.size else {
            throw Problem(.internalError, "the manifest \(self.entry.content) ends before byte \(range.upperBound)")
        }
        let first = try await self.piece(of: manifest, at: range.lowerBound, upTo: range.upperBound)
        return ResponseBody(contentLength: range.count) { writer in
            var current = first
            var position = range.lowerBound + UInt64(first.readableBytes)
            while position < range.upperBound {
                // The next chunk is read while this one is sent.
                let start = position
                async let next = self.piece(of: manifest, at: start, upTo: range.upperBound)
                try await writer.write(current)
                current = try await next
                position += UInt64(current.readableBytes)
            }
            try await writer.write(current)
            try await writer.finish(nil)
            withExtendedLifetime(permit) {}
        }
    }

    /// What one chunk holds of the file from `start` on, at least one byte.
    private func piece(of manifest: Manifest, at start: UInt64, upTo end: UInt64) async throws -> ByteBuffer {
        let chunkBytes = UInt64(Limits.chunkBytes)
        let index = Int(start / chunkBytes)
        let offset = Int(start % chunkBytes)
        let bytes = try await self.node.blob(manifest.chunks[index])
        guard bytes.count == manifest.chunkBytesCount(at: index) else {
            throw Problem(.internalError, "chunk \(manifest.chunks[index]) has \(bytes.count) bytes")
        }
        let count = Int(min(UInt64(bytes.count - offset), end - start))
        return ByteBuffer(bytes: try Self.slice(bytes, offset..<offset + count))
    }

    /// An entry that claims more bytes than its content has must not end the process.
    private static func slice(_ bytes: [UInt8], _ range: Range<Int>) throws -> ArraySlice<UInt8> {
        guard range.upperBound <= bytes.count else {
            throw Problem(.internalError, "the stored content has \(bytes.count) bytes, not \(range.upperBound)")
        }
        return bytes[range]
    }
}
