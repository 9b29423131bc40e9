internal import TarnCore
internal import TarnSegment
internal import TarnStorage

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
    /// else must match its checksum, unless its row says all that it does. With `isRecompressed` its content is encoded
    /// again when that pays.
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
        var run = RecordRun()
        guard let bytes = try self.intactBytes(of: row, in: segment) else {
            switch row.log {
            // The next start would go by the row, too.
            case .acknowledgement(let op, let entry): run.append(acknowledgement: op, entry: entry, Checksums.self)
            case .head(let logView, let op, let entry):
                run.append(head: op, logView: logView, entry: entry, Checksums.self)
            case .entry, .checkpoint, nil:
                throw StoreError(.corrupt, "the record at \(row.offset) of segment \(segment) is damaged")
            }
            return run
        }
        let record = try bytes.withUnsafeBytes { try Record(parsing: $0) }
        if isRecompressed, record.kind == .entry, try self.recompressor.append(entry: record, in: bytes, to: &run) {
            return run
        }
        bytes.withUnsafeBytes { run.append(copy: $0, row: row, digest: record.digest) }
        return run
    }

    /// The bytes of a record; nil when it is damaged, or the disk does not give it.
    private func intactBytes(of row: IndexRow, in segment: UInt32) throws -> [UInt8]? {
        let bytes: [UInt8]
        do {
            bytes = try self.context.files.read(segment, at: Int(row.offset), count: Int(row.bytesCount))
        } catch let error as StorageError where error.isDamage {
            return nil
        }
        let isIntact = bytes.withUnsafeBytes { buffer in
            guard let record = try? Record(parsing: buffer) else { return false }
            return record.kind == row.kind && record.bytesCount == buffer.count
                && Record.isIntact(buffer, Checksums.self)
        }
        return isIntact ? bytes : nil
    }
}
