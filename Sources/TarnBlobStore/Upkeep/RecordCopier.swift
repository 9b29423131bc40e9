internal import TarnCore
internal import TarnSegment

/// Takes records out of a segment for another one: proved, and as they are stored or in a smaller form.
struct RecordCopier {
    private let context: UpkeepQueue.Context
    private let decoder: BlobDecoder
    private let recompressor: Recompressor

    init(context: UpkeepQueue.Context) {
        self.context = context
        self.decoder = context.decoder
        self.recompressor = Recompressor(decoder: context.decoder)
    }

    /// Records that came out smaller.
    var recompressedCount: Int { self.recompressor.count }

    /// The record of `row`. A blob must decode and hash to its address, and gets its ordinal into its record; anything
    /// else must match its checksum. With `isRecompressed` its content is encoded again when that pays.
    func copy(_ row: IndexRow, from segment: UInt32, isRecompressed: Bool) throws -> RecordRun {
        row.kind.isBlob
            ? try self.copyBlob(row, isRecompressed) : try self.copyOther(row, from: segment, isRecompressed)
    }

    private func copyBlob(_ row: IndexRow, _ isRecompressed: Bool) throws -> RecordRun {
        guard let slot = self.context.index.slot(at: row.ordinal) else {
            throw StoreError(.notFound, "the blob with the ordinal \(row.ordinal) is gone")
        }
        let (address, blob) = try self.decoder.proved(ordinal: row.ordinal, slot)
        let fetched = try self.decoder.fetch(address)
        let record = fetched.record
        let smaller = isRecompressed ? try self.recompressor.encode(blob, record) : nil
        var run = RecordRun()
        fetched.bytes.withUnsafeBytes { bytes in
            if smaller == nil, record.ordinal != nil {
                run.append(copy: bytes, row: row, digest: address)
            } else {
                run.append(
                    blob: address,
                    kind: record.kind.blobKind ?? .blob,
                    codec: record.codec,
                    rawBytesCount: record.rawBytesCount,
                    bases: record.bases,
                    ordinal: row.ordinal,
                    stored: smaller ?? UnsafeRawBufferPointer(rebasing: bytes[record.payload]),
                    key: self.context.index.key,
                    Checksums.self
                )
            }
        }
        return run
    }

    private func copyOther(_ row: IndexRow, from segment: UInt32, _ isRecompressed: Bool) throws -> RecordRun {
        let bytes = try self.context.files.read(segment, at: Int(row.offset), count: Int(row.bytesCount))
        let record = try bytes.withUnsafeBytes { buffer in
            let record = try Record(parsing: buffer)
            guard record.kind == row.kind, record.bytesCount == buffer.count, Record.isIntact(buffer, Checksums.self)
            else {
                throw StoreError(
                    .corrupt,
                    "the record at \(row.offset) of segment \(segment) is damaged",
                    address: record.digest
                )
            }
            return record
        }
        var run = RecordRun()
        if isRecompressed, record.kind == .entry, try self.recompressor.append(entry: record, in: bytes, to: &run) {
            return run
        }
        bytes.withUnsafeBytes { run.append(copy: $0, row: row, digest: record.digest) }
        return run
    }
}
