/// The chunk list of a file above 4 MiB: a pure function of the content, so equal files have equal manifests
/// everywhere.
///
/// A manifest whose encoding exceeds ``Limits/blobBytesMax`` is chunked itself: the entry then names a manifest of
/// ``level`` 1, whose
/// `content`, `size` and `chunks` are those of the level-0 manifest's encoding.
package struct Manifest: Hashable, Sendable {
    /// 0: `chunks` are pieces of the file. 1: they are pieces of the encoded level-0 manifest.
    package let level: UInt8
    /// SHA-256 of the whole file (level 1: of the whole level-0 encoding).
    package let content: BlobAddress
    package let size: UInt64
    /// Addresses of the consecutive chunks of ``Limits/chunkBytes``; the last one may be shorter.
    package let chunks: [BlobAddress]

    /// Throws ``CoreError`` with code `malformed` when the count of chunks is not the one that the size asks for.
    package init(level: UInt8 = 0, content: BlobAddress, size: UInt64, chunks: [BlobAddress]) throws(CoreError) {
        guard level <= 1 else { throw CoreError(.malformed, "manifest of unknown level \(level)") }
        guard size > UInt64(Limits.blobBytesMax), size <= Limits.fileBytesMax else {
            throw CoreError(.malformed, "manifest of a file of \(size) bytes")
        }
        guard level == 0 || size <= UInt64(Self.encodedBytesMax) else {
            throw CoreError(.malformed, "manifest of a manifest of \(size) bytes; none is that large")
        }
        guard chunks.count == Self.chunkCount(size: size) else {
            throw CoreError(.malformed, "manifest with \(chunks.count) chunks for \(size) bytes")
        }
        self.level = level
        self.content = content
        self.size = size
        self.chunks = chunks
    }

    package static func chunkCount(size: UInt64) -> Int {
        Int((size + UInt64(Limits.chunkBytes) - 1) / UInt64(Limits.chunkBytes))
    }

    /// Bytes of the chunk at `index`.
    package func chunkBytesCount(at index: Int) -> Int {
        index + 1 < self.chunks.count ? Limits.chunkBytes : Int(self.size - UInt64(index) * UInt64(Limits.chunkBytes))
    }

    /// `version, level, content, size, chunk…`
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 48 + self.chunks.count * Digest.byteCount)
        writer.write(byte: Self.version)
        writer.write(byte: self.level)
        writer.write(self.content)
        writer.write(self.size)
        for chunk in self.chunks { writer.write(chunk) }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "manifest of unknown version \(version)") }
        let level = try reader.readByte()
        let content = try reader.readDigest()
        let size = try reader.readUInt64()
        guard size <= Limits.fileBytesMax else { throw CoreError(.malformed, "manifest of a file of \(size) bytes") }
        let count = Self.chunkCount(size: size)
        guard reader.remaining == count * Digest.byteCount else {
            throw CoreError(.malformed, "manifest with \(reader.remaining) bytes of chunks for \(size) bytes")
        }
        var chunks: [BlobAddress] = []
        chunks.reserveCapacity(count)
        for _ in 0..<count { chunks.append(try reader.readDigest()) }
        try self.init(level: level, content: content, size: size, chunks: chunks)
    }

    private static let version: UInt8 = 1
    /// Version, level, content and size take no more.
    private static let headBytesMax = 2 + Digest.byteCount + 10
    /// The encoding of the largest file's manifest: whoever puts a chunked one together needs room for no more.
    package static let encodedBytesMax =
        Self.headBytesMax + Self.chunkCount(size: Limits.fileBytesMax) * Digest.byteCount
}
