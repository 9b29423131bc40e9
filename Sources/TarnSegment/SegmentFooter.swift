internal import TarnCore

/// The index at the end of a sealed segment: what each record is and where, at about 14 bytes a blob, so that opening a
/// store reads no blobs. A damaged or missing footer costs a scan, nothing else.
///
/// `row…, trailer (64 bytes, at the end of the file)`.
package struct SegmentFooter: Sendable {
    /// Bytes at the end of the file that say where the rows are.
    package static let trailerBytesCount = 64
    static let version: UInt32 = 1

    /// Bits of a row's tag above kind and codec.
    enum Flag {
        static let gap: UInt8 = 0x40
        static let ordinal: UInt8 = 0x80
    }

    /// Where the rows begin, behind the last batch.
    package let rowsStart: Int
    package let rowCount: Int
    package let lastSequence: UInt64
    /// One above the highest ordinal of the segment.
    package let nextOrdinal: UInt64

    /// Where the rows of a file of `fileBytesCount` bytes lie, by its last 64 bytes. Throws when it has no intact
    /// trailer.
    package static func rowsRange<C: RecordChecksums>(
        trailer: UnsafeRawBufferPointer,
        fileBytesCount: Int,
        segment: UInt32,
        key: SegmentKey,
        _: C.Type
    ) throws(SegmentError) -> Range<Int> {
        try Trailer(trailer, fileBytesCount: fileBytesCount, segment: segment, key: key, C.self).rowsRange
    }

    /// The ``SegmentHeader/place`` of a segment that a compaction made, as its trailer repeats it; nil where it does not.
    /// Throws when there is no intact trailer.
    package static func place<C: RecordChecksums>(
        trailer: UnsafeRawBufferPointer,
        fileBytesCount: Int,
        segment: UInt32,
        key: SegmentKey,
        _: C.Type
    ) throws(SegmentError) -> ClosedRange<UInt32>? {
        try Trailer(trailer, fileBytesCount: fileBytesCount, segment: segment, key: key, C.self).place
    }

    /// Reads rows and trailer, the file from the start of ``rowsRange(trailer:fileBytesCount:segment:key:_:)`` on, and
    /// gives each row to `visit` in order of writing: only once all of them are known to be intact.
    package init<C: RecordChecksums>(
        decoding bytes: UnsafeRawBufferPointer,
        fileBytesCount: Int,
        segment: UInt32,
        key: SegmentKey,
        _: C.Type,
        visit: (IndexRow) -> Void
    ) throws(SegmentError) {
        let split = bytes.count - Self.trailerBytesCount
        guard split >= 0 else { throw SegmentError(.malformed, "the segment has no footer") }
        let trailer = try Trailer(
            UnsafeRawBufferPointer(rebasing: bytes[split...]),
            fileBytesCount: fileBytesCount,
            segment: segment,
            key: key,
            C.self
        )
        let rows = UnsafeRawBufferPointer(rebasing: bytes[..<split])
        guard trailer.rowsRange.count == split, C.crc32c(0, rows) == trailer.rowsChecksum else {
            throw SegmentError(.checksum, "the segment's footer is damaged")
        }
        try Self.decodeRows(rows, count: trailer.rowCount) { _ in }
        try Self.decodeRows(rows, count: trailer.rowCount, visit)
        self.rowsStart = trailer.rowsRange.lowerBound
        self.rowCount = trailer.rowCount
        self.lastSequence = trailer.lastSequence
        self.nextOrdinal = trailer.nextOrdinal
    }

    private struct Trailer {
        let rowsRange: Range<Int>
        let rowCount: Int
        let rowsChecksum: UInt32
        let lastSequence: UInt64
        let nextOrdinal: UInt64
        let place: ClosedRange<UInt32>?

        init<C: RecordChecksums>(
            _ bytes: UnsafeRawBufferPointer,
            fileBytesCount: Int,
            segment: UInt32,
            key: SegmentKey,
            _: C.Type
        ) throws(SegmentError) {
            guard bytes.count == SegmentFooter.trailerBytesCount else {
                throw SegmentError(.malformed, "the segment has no footer")
            }
            var cursor = ByteCursor(bytes)
            guard try cursor.readUInt64() == key.mark(.trailer, segment: segment) else {
                throw SegmentError(.malformed, "the segment has no footer")
            }
            let version = try cursor.readUInt32()
            let count = try cursor.readUInt32()
            let start = try cursor.readUInt64()
            let rowsBytesCount = try cursor.readUInt64()
            self.lastSequence = try cursor.readUInt64()
            self.nextOrdinal = try cursor.readUInt64()
            self.rowsChecksum = try cursor.readUInt32()
            let first = try cursor.readUInt32()
            let last = try cursor.readUInt32()
            self.place = first > 0 && first <= last ? first...last : nil
            guard try cursor.readUInt32() == C.crc32c(0, UnsafeRawBufferPointer(rebasing: bytes[..<60])) else {
                throw SegmentError(.checksum, "the segment's footer is damaged")
            }
            guard version == SegmentFooter.version else {
                throw SegmentError(.unknownVersion, "segment footer of the unknown version \(version)")
            }
            let end = UInt64(max(0, fileBytesCount - SegmentFooter.trailerBytesCount))
            guard start <= end, rowsBytesCount == end - start, UInt64(count) <= rowsBytesCount else {
                throw SegmentError(.malformed, "the segment's footer contradicts itself")
            }
            self.rowsRange = Int(start)..<Int(end)
            self.rowCount = Int(count)
        }
    }

    private static func decodeRows(
        _ bytes: UnsafeRawBufferPointer,
        count: Int,
        _ visit: (IndexRow) -> Void
    ) throws(SegmentError) {
        var cursor = ByteCursor(bytes)
        var end: UInt64 = 0
        var nextOrdinal: UInt64 = 0
        for _ in 0..<count {
            let tag = try cursor.readByte()
            guard let kind = RecordKind(rawValue: tag & 0x0f), let codec = StoredBlob.Codec(rawValue: tag >> 4 & 3)
            else {
                throw SegmentError(.malformed, "footer row of unknown kind \(tag)")
            }
            let offset = end + (tag & Flag.gap == 0 ? 0 : try cursor.readVarint())
            let bytesCount = try cursor.readCount(max: Limits.recordBytesMax)
            let rawBytesCount = try cursor.readCount(max: Limits.recordPayloadBytesMax)
            guard offset <= UInt64(Limits.segmentBytesMax) else {
                throw SegmentError(.malformed, "footer row at \(offset)")
            }
            var ordinal = IndexRow.noOrdinal
            if kind.isBlob {
                ordinal = tag & Flag.ordinal == 0 ? nextOrdinal : try cursor.readOrdinal()
                nextOrdinal = ordinal + 1
            }
            var fingerprint = Fingerprint(high: 0, low: 0)
            if kind.isBlob || kind == .node {
                fingerprint = Fingerprint(high: try cursor.readUInt64(), low: try cursor.readByte())
            }
            visit(
                IndexRow(
                    kind: kind,
                    codec: codec,
                    offset: UInt32(offset),
                    bytesCount: UInt32(bytesCount),
                    rawBytesCount: UInt32(rawBytesCount),
                    ordinal: ordinal,
                    fingerprint: fingerprint,
                    log: try self.decodeLog(kind, &cursor)
                )
            )
            end = offset + UInt64(bytesCount)
        }
        guard cursor.remaining == 0 else { throw SegmentError(.malformed, "the segment's footer contradicts itself") }
    }

    private static func decodeLog(_ kind: RecordKind, _ cursor: inout ByteCursor) throws(SegmentError) -> LogReference?
    {
        switch kind {
        case .entry:
            .entry(op: Op(try cursor.readVarint()), hash: try cursor.readDigest(), parent: try cursor.readDigest())
        case .acknowledgement:
            .acknowledgement(op: Op(try cursor.readVarint()), entry: try cursor.readDigest())
        case .head:
            .head(
                logView: View(try cursor.readVarint()),
                op: Op(try cursor.readVarint()),
                entry: try cursor.readDigest()
            )
        case .checkpoint:
            .checkpoint(op: Op(try cursor.readVarint()), entry: try cursor.readDigest(), root: try cursor.readDigest())
        case .blob, .chunk, .manifest, .dictionary, .node:
            nil
        }
    }
}
