internal import TarnCore

/// A stored blob in bulk bodies: `address, kind, codec, raw bytes, bases, bytes` in canonical encoding.
extension StoredBlob {
    /// Checks every field against its limit. Throws `malformed` or `tooLarge` naming the blob.
    init(
        peerAddress address: BlobAddress,
        kind rawKind: UInt64,
        codec rawCodec: UInt64,
        rawBytesCount: UInt64,
        bases: [BlobAddress],
        bytes: [UInt8]
    ) throws(PeerError) {
        guard let kind = UInt8(exactly: rawKind).flatMap(Kind.init),
            let codec = UInt8(exactly: rawCodec).flatMap(Codec.init)
        else {
            throw PeerError(.malformed, "blob \(address) has unknown kind \(rawKind) or codec \(rawCodec)")
        }
        guard rawBytesCount <= UInt64(Limits.blobBytesMax), bytes.count <= Limits.storedBlobBytesMax else {
            throw PeerError(.tooLarge, "blob \(address) of \(rawBytesCount) bytes, \(bytes.count) as stored")
        }
        let isCountLegal =
            switch codec {
            case .raw, .zstd: bases.isEmpty
            case .zstdDictionary: bases.count == 1
            case .zstdDelta: (1...Limits.storedBlobBasesMax).contains(bases.count)
            }
        guard isCountLegal, codec != .raw || UInt64(bytes.count) == rawBytesCount else {
            throw PeerError(
                .malformed,
                "blob \(address): codec \(rawCodec) with \(bases.count) bases and \(bytes.count) bytes"
            )
        }
        self.init(
            address: address,
            kind: kind,
            codec: codec,
            rawBytesCount: Int(rawBytesCount),
            bases: bases,
            bytes: bytes
        )
    }

    /// At least what ``encode(into:)`` writes.
    var peerBytesCount: Int { self.bytes.count + (self.bases.count + 1) * Digest.byteCount + 24 }

    func encode(into writer: inout CanonicalWriter) {
        writer.write(self.address)
        writer.write(byte: self.kind.rawValue)
        writer.write(byte: self.codec.rawValue)
        writer.write(count: self.rawBytesCount)
        writer.write(count: self.bases.count)
        for base in self.bases { writer.write(base) }
        writer.write(bytes: self.bytes)
    }

    init(from reader: inout CanonicalReader) throws {
        let address = try reader.readDigest()
        let kind = UInt64(try reader.readByte())
        let codec = UInt64(try reader.readByte())
        let rawBytesCount = try reader.readUInt64()
        let basesCount = try reader.readCount(max: Limits.storedBlobBasesMax)
        var bases: [BlobAddress] = []
        for _ in 0..<basesCount { bases.append(try reader.readDigest()) }
        let bytes = Array(try reader.readBytes(max: Limits.storedBlobBytesMax))
        try self.init(
            peerAddress: address,
            kind: kind,
            codec: codec,
            rawBytesCount: rawBytesCount,
            bases: bases,
            bytes: bytes
        )
    }
}
