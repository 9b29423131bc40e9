internal import TarnCore
internal import TarnSegment

/// Takes records out of a segment for another one: proved, and otherwise as they are stored.
struct RecordCopier {
    private let context: UpkeepQueue.Context
    private let decoder: BlobDecoder

    init(context: UpkeepQueue.Context) {
        self.context = context
        self.decoder = context.decoder
    }

    /// The record of `row`. A blob must decode and hash to its address, and gets its ordinal into its record; anything
    /// else must match its checksum.
    func copy(_ row: IndexRow, from segment: UInt32) throws -> RecordRun {
        row.kind.isBlob ? try self.copyBlob(row) : try self.copyOther(row, from: segment)
    }

    private func copyBlob(_ row: IndexRow) throws -> RecordRun {
        guard let slot = self.context.index.slot(at: row.ordinal) else {
            throw StoreError(.notFound, "the blob with the ordinal \(row.ordinal) is gone")
        }
        let address = try self.decoder.verify(ordinal: row.ordinal, slot)
        let fetched = try self.decoder.fetch(address)
        let record = fetched.record
        var run = RecordRun()
        fetched.bytes.withUnsafeBytes { bytes in
            if record.ordinal != nil {
                run.append(copy: bytes, row: row, digest: address)
            } else {
                run.append(
                    blob: address,
                    kind: record.kind.blobKind ?? .blob,
                    codec: record.codec,
                    rawBytesCount: record.rawBytesCount,
                    bases: record.bases,
                    ordinal: row.ordinal,
                    stored: UnsafeRawBufferPointer(rebasing: bytes[record.payload]),
                    key: self.context.index.key,
                    Checksums.self
                )
            }
        }
        return run
    }

    private func copyOther(_ row: IndexRow, from segment: UInt32) throws -> RecordRun {
        let bytes = try self.context.files.read(segment, at: Int(row.offset), count: Int(row.bytesCount))
        var run = RecordRun()
        try bytes.withUnsafeBytes { bytes in
            let record = try Record(parsing: bytes)
            guard record.kind == row.kind, record.bytesCount == bytes.count, Record.isIntact(bytes, Checksums.self)
            else {
                throw StoreError(
                    .corrupt,
                    "the record at \(row.offset) of segment \(segment) is damaged",
                    address: record.digest
                )
            }
            run.append(copy: bytes, row: row, digest: record.digest)
        }
        return run
    }
}
