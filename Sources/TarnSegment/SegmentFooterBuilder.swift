internal import TarnCore

/// Gathers a segment's footer while the segment is written, in its encoded form: memory grows by about 14 bytes a blob.
package struct SegmentFooterBuilder: Sendable {
    private var bytes: [UInt8] = []
    private var rowCount = 0
    /// Where the last row's record ends.
    private var end: UInt32 = 0
    private var expectedOrdinal: UInt64 = 0
    private var nextOrdinal: UInt64 = 0

    package init() {}

    /// Takes the next record; offsets count from the segment's start and grow.
    package mutating func append(_ row: IndexRow) {
        precondition(row.offset >= self.end, "record at \(row.offset), before the end \(self.end) of the last one")
        let namesOrdinal = row.kind.isBlob && row.ordinal != self.expectedOrdinal
        var tag = row.kind.rawValue | row.codec.rawValue << 4
        if row.offset != self.end { tag |= SegmentFooter.Flag.gap }
        if namesOrdinal { tag |= SegmentFooter.Flag.ordinal }
        self.bytes.append(tag)
        if row.offset != self.end { self.bytes.appendVarint(UInt64(row.offset - self.end)) }
        self.bytes.appendVarint(UInt64(row.bytesCount))
        self.bytes.appendVarint(UInt64(row.rawBytesCount))
        if row.kind.isBlob {
            if namesOrdinal { self.bytes.appendOrdinal(row.ordinal) }
            self.expectedOrdinal = row.ordinal + 1
            self.nextOrdinal = max(self.nextOrdinal, row.ordinal + 1)
        }
        if row.kind.isBlob || row.kind == .node {
            self.bytes.appendUInt64(row.fingerprint.high)
            self.bytes.append(row.fingerprint.low)
        }
        if let log = row.log { Self.encode(log, into: &self.bytes) }
        self.end = row.offset + row.bytesCount
        self.rowCount += 1
    }

    /// Makes the footer say that every ordinal below `ordinal` has been given away, also those of blobs that are gone.
    package mutating func keepOrdinals(below ordinal: UInt64) {
        self.nextOrdinal = max(self.nextOrdinal, ordinal)
    }

    /// Rows and trailer, to be written at `rowsStart`, behind the last batch. `place` is the header's, repeated because
    /// without it nobody would know before which records those of this segment count.
    package func finish<C: RecordChecksums>(
        rowsStart: Int,
        lastSequence: UInt64,
        segment: UInt32,
        place: ClosedRange<UInt32>? = nil,
        key: SegmentKey,
        _: C.Type
    ) -> [UInt8] {
        var bytes = self.bytes
        let rowsBytesCount = bytes.count
        let rowsChecksum = bytes.withUnsafeBytes { C.crc32c(0, $0) }
        bytes.appendUInt64(key.mark(.trailer, segment: segment))
        bytes.appendUInt32(SegmentFooter.version)
        bytes.appendUInt32(UInt32(self.rowCount))
        bytes.appendUInt64(UInt64(rowsStart))
        bytes.appendUInt64(UInt64(rowsBytesCount))
        bytes.appendUInt64(lastSequence)
        bytes.appendUInt64(self.nextOrdinal)
        bytes.appendUInt32(rowsChecksum)
        bytes.appendUInt32(place?.lowerBound ?? 0)
        bytes.appendUInt32(place?.upperBound ?? 0)
        bytes.appendUInt32(
            bytes.withUnsafeBytes { C.crc32c(0, UnsafeRawBufferPointer(rebasing: $0[rowsBytesCount...])) }
        )
        return bytes
    }

    private static func encode(_ log: LogReference, into bytes: inout [UInt8]) {
        switch log {
        case .entry(let op, let hash, let parent):
            bytes.appendVarint(op.number)
            bytes.appendDigest(hash)
            bytes.appendDigest(parent)
        case .acknowledgement(let op, let entry):
            bytes.appendVarint(op.number)
            bytes.appendDigest(entry)
        case .head(let logView, let op, let entry):
            bytes.appendVarint(logView.number)
            bytes.appendVarint(op.number)
            bytes.appendDigest(entry)
        case .checkpoint(let op, let entry, let root):
            bytes.appendVarint(op.number)
            bytes.appendDigest(entry)
            bytes.appendDigest(root)
        }
    }
}
