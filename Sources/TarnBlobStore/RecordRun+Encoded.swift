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

    /// The blob at `position` as it would travel to a peer; nil when there is no record, or it is not a blob's.
    func blob(at position: Int) throws -> StoredBlob? {
        guard self.rows.indices.contains(position), let kind = self.rows[position].kind.blobKind else { return nil }
        let row = self.rows[position]
        let start = Int(row.offset)
        var payload = start..<start + Int(row.bytesCount)
        // What has bases is no whole record yet, but the encoded form alone.
        if self.bases[position] == nil {
            let inner = try self.bytes.withUnsafeBytes {
                try Record(parsing: UnsafeRawBufferPointer(rebasing: $0[payload])).payload
            }
            payload = start + inner.lowerBound..<start + inner.upperBound
        }
        return StoredBlob(
            address: self.digests[position],
            kind: kind,
            codec: row.codec,
            rawBytesCount: Int(row.rawBytesCount),
            bases: self.bases[position] ?? [],
            bytes: Array(self.bytes[payload])
        )
    }
}
