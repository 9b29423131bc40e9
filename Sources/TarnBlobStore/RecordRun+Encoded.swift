internal import TarnCore
internal import TarnSegment

extension RecordRun {
    /// Appends a blob as the encoder left it.
    mutating func append(
        _ encoded: BlobEncoder.Encoded,
        of rawBytesCount: Int,
        _ address: BlobAddress,
        _ kind: StoredBlob.Kind,
        _ ordinal: UInt64?,
        _ key: SegmentKey
    ) {
        self.append(
            blob: address,
            kind: kind,
            codec: encoded.codec,
            rawBytesCount: rawBytesCount,
            bases: encoded.bases,
            ordinal: ordinal,
            stored: encoded.stored,
            key: key,
            Checksums.self
        )
    }
}
