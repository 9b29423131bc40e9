internal import TarnCore

/// What stands before the records of a batch: 48 bytes, found again behind damage by their mark.
struct BatchHeader: Hashable, Sendable {
    static let bytesCount = 48
    /// Batches begin at multiples of this, so that looking for a mark is cheap.
    static let alignment = 8
    private static let version: UInt8 = 1

    let defaultCodec: StoredBlob.Codec
    /// Store-wide and growing, so that bytes of an older batch are never taken for this one.
    let sequence: UInt64
    /// The ordinal of the first blob that names none itself; the others count on from it.
    let firstOrdinal: UInt64
    /// Bytes and count of the records.
    let bodyBytesCount: Int
    let recordCount: Int
    /// With header, COMMIT and padding.
    let totalBytesCount: Int

    func encoded<C: RecordChecksums>(mark: UInt64, _: C.Type) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytesCount)
        bytes.appendUInt64(mark)
        bytes.appendUInt32(0)
        bytes += [self.defaultCodec.rawValue, Self.version, 0, 0]
        bytes.appendUInt64(self.sequence)
        bytes.appendUInt64(self.firstOrdinal)
        bytes.appendUInt32(UInt32(self.bodyBytesCount))
        bytes.appendUInt32(UInt32(self.recordCount))
        bytes.appendUInt32(UInt32(self.totalBytesCount))
        bytes.appendUInt32(0)
        bytes.storeUInt32(bytes.withUnsafeBytes { Self.checksum($0, C.self) }, at: 8)
        return bytes
    }

    /// Reads the header at the start of `bytes`, when there is an intact one with this mark.
    init<C: RecordChecksums>(parsing bytes: UnsafeRawBufferPointer, mark: UInt64, _: C.Type) throws(SegmentError) {
        var cursor = ByteCursor(bytes)
        guard try cursor.readUInt64() == mark else { throw SegmentError(.malformed, "no batch begins here") }
        let checksum = try cursor.readUInt32()
        let codec = StoredBlob.Codec(rawValue: try cursor.readByte())
        let version = try cursor.readByte()
        _ = try cursor.readRange(2)
        self.sequence = try cursor.readUInt64()
        self.firstOrdinal = try cursor.readUInt64()
        let body = Int(try cursor.readUInt32())
        let count = Int(try cursor.readUInt32())
        let total = Int(try cursor.readUInt32())
        _ = try cursor.readUInt32()
        guard checksum == Self.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<Self.bytesCount]), C.self) else {
            throw SegmentError(.checksum, "the batch header is damaged")
        }
        guard let codec, version == Self.version else {
            throw SegmentError(.unknownVersion, "batch of the unknown version \(version)")
        }
        guard body <= Limits.batchBytesMax, count <= Limits.batchRecordsMax, total.isMultiple(of: Self.alignment),
            total >= Self.bytesCount + body + BatchCommit.fixedBytesCount, total <= Self.totalBytesMax
        else { throw SegmentError(.malformed, "the batch header contradicts itself") }
        self.defaultCodec = codec
        self.bodyBytesCount = body
        self.recordCount = count
        self.totalBytesCount = total
    }

    init(
        defaultCodec: StoredBlob.Codec,
        sequence: UInt64,
        firstOrdinal: UInt64,
        bodyBytesCount: Int,
        recordCount: Int,
        totalBytesCount: Int
    ) {
        self.defaultCodec = defaultCodec
        self.sequence = sequence
        self.firstOrdinal = firstOrdinal
        self.bodyBytesCount = bodyBytesCount
        self.recordCount = recordCount
        self.totalBytesCount = totalBytesCount
    }

    /// The largest batch with everything around its records.
    static let totalBytesMax = Limits.batchBytesMax + 5 * Limits.batchRecordsMax + 2 * 4_096

    /// Over everything but the mark and the checksum itself.
    private static func checksum<C: RecordChecksums>(_ bytes: UnsafeRawBufferPointer, _: C.Type) -> UInt32 {
        C.crc32c(0, UnsafeRawBufferPointer(rebasing: bytes[12...]))
    }
}
