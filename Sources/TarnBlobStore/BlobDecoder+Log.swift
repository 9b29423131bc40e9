internal import TarnCore
internal import TarnSegment
internal import TarnStorage
internal import TarnZstd

/// Records of the log and of checkpoints, which have no ordinals and no bases.
extension BlobDecoder {
    /// Enough of a record to hold an entry's header.
    private static let headerPrefixBytesCount = 32 + Limits.logHeaderBytesMax

    func version(at op: Op) -> LogVersion? {
        self.index.withLog { $0.version(at: op) }
    }

    func entry(_ op: Op, _ version: LogVersion) throws -> LogEntry {
        do {
            let (bytes, record) = try self.record(version.location) { self.location(of: op, version.hash) }
            let header = Array(bytes[record.header])
            guard Checksums.digest(header) == version.hash else {
                throw SegmentError(.checksum, "its header has another hash")
            }
            let entry = LogEntry(header: try LogHeader(decoding: header), body: try self.payload(bytes, record))
            guard entry.header.op == op, entry.isBodyValid(Checksums.self) else {
                throw SegmentError(.checksum, "its body has another hash")
            }
            return entry
        } catch {
            throw StoreError(.corrupt, "the log entry of op \(op) is damaged: \(error)", address: version.hash)
        }
    }

    /// The header alone; the body is not read.
    func header(_ op: Op, _ version: LogVersion) throws -> LogHeader {
        do {
            let prefix = try self.read(version.location, countMax: Self.headerPrefixBytesCount) {
                self.location(of: op, version.hash)
            }
            let range = try prefix.withUnsafeBytes { try Record.entryHeaderRange(in: $0) }
            let bytes = Array(prefix[range])
            guard Checksums.digest(bytes) == version.hash else {
                throw SegmentError(.checksum, "its header has another hash")
            }
            return try LogHeader(decoding: bytes)
        } catch {
            throw StoreError(.corrupt, "the log entry of op \(op) is damaged: \(error)", address: version.hash)
        }
    }

    func checkpoint(_ summary: CheckpointSummary, _ location: LogLocation) throws -> Checkpoint {
        do {
            let (bytes, record) = try self.record(location) { self.index.checkpointLocation(at: summary.op) }
            guard record.kind == .checkpoint, record.op == summary.op, record.digest == summary.entry,
                record.root == summary.root
            else { throw SegmentError(.checksum, "its record was altered") }
            return Checkpoint(
                op: summary.op,
                entry: summary.entry,
                root: summary.root,
                payload: try self.payload(bytes, record)
            )
        } catch {
            throw StoreError(.corrupt, "the checkpoint of op \(summary.op) is damaged: \(error)", address: summary.root)
        }
    }

    /// A tree node. Its name is no hash of its bytes, so the record's checksum is all that is compared here. One that
    /// fails is remembered as suspect.
    func node(_ hash: Digest, _ slot: BlobSlot) throws -> [UInt8] {
        do {
            let (bytes, record) = try self.record(slot.location) { self.index.node(hash)?.location }
            guard record.kind == .node, record.digest == hash else {
                throw SegmentError(.checksum, "its record was altered")
            }
            return try self.payload(bytes, record)
        } catch {
            if error is SegmentError || (error as? StorageError)?.isDamage ?? false {
                self.index.setSuspect(node: slot.fingerprint, slot: slot)
            }
            throw StoreError(.corrupt, "the tree node \(hash) is damaged: \(error)", address: hash)
        }
    }

    private func location(of op: Op, _ hash: Digest) -> LogLocation? {
        self.index.withLog { $0.version(at: op, hash: hash)?.location }
    }

    /// The bytes of a record, at most `countMax` of them. When its segment is gone, compaction has moved it: then
    /// `current` says where to.
    private func read(
        _ location: LogLocation,
        countMax: Int = .max,
        _ current: () -> LogLocation?
    ) throws -> [UInt8] {
        do {
            let count = min(Int(location.bytesCount), countMax)
            return try self.files.read(location.segment, at: Int(location.offset), count: count)
        } catch {
            guard let moved = current(), moved != location else { throw error }
            return try self.read(moved, countMax: countMax, current)
        }
    }

    private func record(
        _ location: LogLocation,
        _ current: () -> LogLocation?
    ) throws -> (bytes: [UInt8], record: Record) {
        let bytes = try self.read(location, current)
        return try bytes.withUnsafeBytes { buffer in
            let record = try Record(parsing: buffer)
            guard record.bytesCount == buffer.count, Record.isIntact(buffer, Checksums.self) else {
                throw SegmentError(.checksum, "its checksum does not match")
            }
            return (bytes, record)
        }
    }

    /// What the payload of a record without bases decodes to; nothing is compared.
    func payload(_ bytes: [UInt8], _ record: Record) throws -> [UInt8] {
        switch record.codec {
        case .raw: return Array(bytes[record.payload])
        case .zstd:
            return try bytes.withUnsafeBytes {
                try self.context.decompressor.decompress(
                    UnsafeRawBufferPointer(rebasing: $0[record.payload]),
                    rawBytesCount: record.rawBytesCount
                )
            }
        case .zstdDictionary, .zstdDelta:
            throw SegmentError(.malformed, "a record of this kind has no bases")
        }
    }
}
