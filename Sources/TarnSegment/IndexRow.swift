package import TarnCore

/// Where one record lies and what it is for: a line of a segment's footer, and what writing or scanning a segment
/// yields.
package struct IndexRow: Hashable, Sendable {
    package let kind: RecordKind
    package let codec: StoredBlob.Codec
    /// From the start of the segment, or of the run it was encoded into.
    package var offset: UInt32
    package let bytesCount: UInt32
    package let rawBytesCount: UInt32
    /// Of a blob: its store-wide number, the same wherever it moves. Otherwise ``noOrdinal``.
    package var ordinal: UInt64
    /// Of a blob or a node.
    package let fingerprint: Fingerprint
    /// Of a record of the log, or a checkpoint.
    package let log: LogReference?

    /// Above every ordinal: none yet, or none at all.
    package static let noOrdinal = UInt64.max

    package init(
        kind: RecordKind,
        codec: StoredBlob.Codec,
        offset: UInt32,
        bytesCount: UInt32,
        rawBytesCount: UInt32,
        ordinal: UInt64 = noOrdinal,
        fingerprint: Fingerprint = Fingerprint(high: 0, low: 0),
        log: LogReference? = nil
    ) {
        self.kind = kind
        self.codec = codec
        self.offset = offset
        self.bytesCount = bytesCount
        self.rawBytesCount = rawBytesCount
        self.ordinal = ordinal
        self.fingerprint = fingerprint
        self.log = log
    }
}

extension IndexRow {
    func with(bytesCount: UInt32) -> IndexRow {
        IndexRow(
            kind: self.kind,
            codec: self.codec,
            offset: self.offset,
            bytesCount: bytesCount,
            rawBytesCount: self.rawBytesCount,
            ordinal: self.ordinal,
            fingerprint: self.fingerprint,
            log: self.log
        )
    }
}
