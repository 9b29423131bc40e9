package import TarnCore

/// A record as parsed: its fields, and where in the parsed bytes its payload lies. Nothing is copied.
///
/// `head, fixed fields, payload, CRC32C of all before it`
/// (`ops/formats/segments.md`).
package struct Record: Sendable {
    static let checksumBytesCount = 4

    package let kind: RecordKind
    package let codec: StoredBlob.Codec
    /// The payload's length after decoding.
    package let rawBytesCount: Int
    /// A blob's address, a node's hash, the entry that an acknowledgement, head or checkpoint names.
    package let digest: Digest
    package let op: Op
    package let logView: View
    /// The Merkle root of a checkpoint.
    package let root: Digest
    /// Only when the record says so itself; otherwise it follows from the batch.
    package let ordinal: UInt64?
    package let bases: [UInt64]
    /// An entry's header, from the start of the record.
    package let header: Range<Int>
    /// The encoded payload, from the start of the record.
    package let payload: Range<Int>
    /// Bytes of the whole record.
    package let bytesCount: Int

    /// Parses the record that begins at the start of `bytes`, which may hold more behind it. Does not look at the
    /// checksum.
    package init(parsing bytes: UnsafeRawBufferPointer, defaultCodec: StoredBlob.Codec = .zstd) throws(SegmentError) {
        var cursor = ByteCursor(bytes)
        let head = try RecordHead(&cursor, defaultCodec: defaultCodec)
        let kind = head.kind
        self.kind = kind
        self.codec = head.codec
        self.rawBytesCount = head.rawBytesCount
        self.ordinal = head.ordinal
        self.bases = head.bases
        var op: UInt64 = 0
        var view: UInt64 = 0
        if kind == .head { view = try cursor.readVarint() }
        if kind == .head || kind == .acknowledgement || kind == .checkpoint { op = try cursor.readVarint() }
        self.op = Op(op)
        self.logView = View(view)
        if kind == .entry {
            self.digest = .zero
            self.header = try cursor.readRange(cursor.readCount(max: Limits.logHeaderBytesMax))
        } else {
            self.digest = try cursor.readDigest()
            self.header = 0..<0
        }
        self.root = kind == .checkpoint ? try cursor.readDigest() : .zero
        self.payload = try cursor.readRange(head.storedBytesCount)
        _ = try cursor.readUInt32()
        self.bytesCount = cursor.offset
    }

    /// Whether the checksum at the end of `bytes`, exactly one record, is that of the rest.
    package static func isIntact<C: RecordChecksums>(_ bytes: UnsafeRawBufferPointer, _: C.Type) -> Bool {
        let end = bytes.count - self.checksumBytesCount
        guard end > 0 else { return false }
        let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self))
        return C.crc32c(0, UnsafeRawBufferPointer(rebasing: bytes[..<end])) == stored
    }

    /// Where an entry's header lies in the record that begins at the start of `bytes`, which may end behind the header.
    package static func entryHeaderRange(in bytes: UnsafeRawBufferPointer) throws(SegmentError) -> Range<Int> {
        var cursor = ByteCursor(bytes)
        guard try RecordHead(&cursor).kind == .entry else { throw SegmentError(.malformed, "not a log entry") }
        return try cursor.readRange(cursor.readCount(max: Limits.logHeaderBytesMax))
    }

    /// The longest prefix of a blob's record that ends with its address.
    package static let addressPrefixBytesMax = 80

    /// The address in the record that begins at the start of `bytes`, which may end behind it.
    package static func blobAddress(in bytes: UnsafeRawBufferPointer) throws(SegmentError) -> BlobAddress {
        var cursor = ByteCursor(bytes)
        guard try RecordHead(&cursor).kind.isBlob else { throw SegmentError(.malformed, "not a blob") }
        return try cursor.readDigest()
    }

    /// The ordinals of the bases in the record of a blob that begins at the start of `bytes`, which may end behind the
    /// address.
    package static func blobBases(in bytes: UnsafeRawBufferPointer) throws(SegmentError) -> [UInt64] {
        var cursor = ByteCursor(bytes)
        let head = try RecordHead(&cursor)
        guard head.kind.isBlob else { throw SegmentError(.malformed, "not a blob") }
        return head.bases
    }
}
