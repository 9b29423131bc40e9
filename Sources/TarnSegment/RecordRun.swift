package import TarnCore

/// Records encoded one behind another, ready to become part of a batch: made by many threads, written by one.
///
/// Blobs get their ordinals from the batch, so a run can be encoded before its place is known.
package struct RecordRun: Sendable {
    /// The codec that a record need not name.
    package static let defaultCodec = StoredBlob.Codec.zstd

    package private(set) var bytes: [UInt8] = []
    /// One for each record, in order; offsets count from the start of `bytes`.
    package private(set) var rows: [IndexRow] = []
    /// The address or node hash of each record, ``Digest/zero`` where there is none.
    package private(set) var digests: [Digest] = []
    /// Addresses of the bases of differences, by position: they become ordinals when the batch takes the record, so
    /// its row covers the encoded form alone until then.
    package private(set) var bases: [Int: [BlobAddress]] = [:]

    package init() {}

    package var isEmpty: Bool { self.rows.isEmpty }

    /// Makes room for about that much, so that appending seldom moves what is there.
    package mutating func reserve(bytes: Int, records: Int) {
        self.bytes.reserveCapacity(bytes)
        self.rows.reserveCapacity(records)
        self.digests.reserveCapacity(records)
    }

    /// Appends a blob whose encoded form is `stored`. `ordinal` is given only when it has one already.
    package mutating func append<C: RecordChecksums>(
        blob address: BlobAddress,
        kind: StoredBlob.Kind,
        codec: StoredBlob.Codec,
        rawBytesCount: Int,
        bases: [UInt64] = [],
        ordinal: UInt64? = nil,
        stored: UnsafeRawBufferPointer,
        key: SegmentKey,
        _: C.Type
    ) {
        let start = self.bytes.count
        Self.check(codec, rawBytesCount: rawBytesCount, storedBytesCount: stored.count, basesCount: bases.count)
        RecordHead.append(
            blob: kind,
            codec: codec,
            rawBytesCount: rawBytesCount,
            storedBytesCount: stored.count,
            ordinal: ordinal,
            bases: bases,
            to: &self.bytes
        )
        self.bytes.appendDigest(address)
        self.bytes.append(contentsOf: stored)
        let row = IndexRow(
            kind: RecordKind(kind),
            codec: codec,
            offset: UInt32(start),
            bytesCount: 0,
            rawBytesCount: UInt32(rawBytesCount),
            ordinal: ordinal ?? IndexRow.noOrdinal,
            fingerprint: key.fingerprint(of: address)
        )
        self.end(row, address, C.self)
    }

    /// Appends a blob that is a difference to blobs which need not have ordinals yet: they are durable, or stand before
    /// it in its batch.
    package mutating func append(
        difference address: BlobAddress,
        kind: StoredBlob.Kind,
        codec: StoredBlob.Codec,
        rawBytesCount: Int,
        to bases: [BlobAddress],
        stored: UnsafeRawBufferPointer,
        key: SegmentKey
    ) {
        Self.check(codec, rawBytesCount: rawBytesCount, storedBytesCount: stored.count, basesCount: bases.count)
        let row = IndexRow(
            kind: RecordKind(kind),
            codec: codec,
            offset: UInt32(self.bytes.count),
            bytesCount: UInt32(stored.count),
            rawBytesCount: UInt32(rawBytesCount),
            fingerprint: key.fingerprint(of: address)
        )
        self.bytes.append(contentsOf: stored)
        self.bases[self.rows.count] = bases
        self.rows.append(row)
        self.digests.append(address)
    }

    /// Appends a log entry: the header's canonical bytes, its hash, and the body encoded by `codec`.
    package mutating func append<C: RecordChecksums>(
        entry header: LogHeader,
        hash: Digest,
        codec: StoredBlob.Codec,
        rawBytesCount: Int,
        stored: UnsafeRawBufferPointer,
        _: C.Type
    ) {
        let start = self.bytes.count
        self.begin(.entry, codec, rawBytesCount: rawBytesCount, storedBytesCount: stored.count)
        let encoded = header.encoded()
        self.bytes.appendVarint(UInt64(encoded.count))
        self.bytes += encoded
        self.bytes.append(contentsOf: stored)
        let reference = LogReference.entry(op: header.op, hash: hash, parent: header.parent)
        self.end(
            self.row(.entry, codec, start, rawBytesCount: rawBytesCount, reference),
            .zero,
            C.self
        )
    }

    /// Appends that this datacentre holds `entry` and everything it names.
    package mutating func append<C: RecordChecksums>(acknowledgement op: Op, entry: Digest, _: C.Type) {
        let start = self.bytes.count
        self.bytes.append(RecordKind.acknowledgement.rawValue)
        self.bytes.appendVarint(op.number)
        self.bytes.appendDigest(entry)
        let reference = LogReference.acknowledgement(op: op, entry: entry)
        self.end(self.row(.acknowledgement, Self.defaultCodec, start, rawBytesCount: 0, reference), .zero, C.self)
    }

    /// Appends that the log of `logView` ends at `entry`.
    package mutating func append<C: RecordChecksums>(head op: Op, logView: View, entry: Digest, _: C.Type) {
        let start = self.bytes.count
        self.bytes.append(RecordKind.head.rawValue)
        self.bytes.appendVarint(logView.number)
        self.bytes.appendVarint(op.number)
        self.bytes.appendDigest(entry)
        let reference = LogReference.head(logView: logView, op: op, entry: entry)
        self.end(self.row(.head, Self.defaultCodec, start, rawBytesCount: 0, reference), .zero, C.self)
    }

    /// Appends a tree node under its node hash.
    package mutating func append<C: RecordChecksums>(
        node hash: Digest,
        codec: StoredBlob.Codec,
        rawBytesCount: Int,
        stored: UnsafeRawBufferPointer,
        key: SegmentKey,
        _: C.Type
    ) {
        let start = self.bytes.count
        self.begin(.node, codec, rawBytesCount: rawBytesCount, storedBytesCount: stored.count)
        self.bytes.appendDigest(hash)
        self.bytes.append(contentsOf: stored)
        let row = IndexRow(
            kind: .node,
            codec: codec,
            offset: UInt32(start),
            bytesCount: 0,
            rawBytesCount: UInt32(rawBytesCount),
            fingerprint: key.fingerprint(of: hash)
        )
        self.end(row, hash, C.self)
    }

    /// Appends a checkpoint with its payload encoded by `codec`.
    package mutating func append<C: RecordChecksums>(
        checkpoint op: Op,
        entry: Digest,
        root: Digest,
        codec: StoredBlob.Codec,
        rawBytesCount: Int,
        stored: UnsafeRawBufferPointer,
        _: C.Type
    ) {
        let start = self.bytes.count
        self.begin(.checkpoint, codec, rawBytesCount: rawBytesCount, storedBytesCount: stored.count)
        self.bytes.appendVarint(op.number)
        self.bytes.appendDigest(entry)
        self.bytes.appendDigest(root)
        self.bytes.append(contentsOf: stored)
        let reference = LogReference.checkpoint(op: op, entry: entry, root: root)
        self.end(
            self.row(.checkpoint, codec, start, rawBytesCount: rawBytesCount, reference),
            .zero,
            C.self
        )
    }

    /// Appends a record as it lies in a segment, checksum included, for a batch of another one. A blob's must name its
    /// ordinal itself.
    package mutating func append(copy record: UnsafeRawBufferPointer, row: IndexRow, digest: Digest) {
        var row = row.with(bytesCount: UInt32(record.count))
        row.offset = UInt32(self.bytes.count)
        self.bytes.append(contentsOf: record)
        self.rows.append(row)
        self.digests.append(digest)
    }

    /// The row of a record that begins at `start`; ``end(_:_:_:)`` fills in its length.
    private func row(
        _ kind: RecordKind,
        _ codec: StoredBlob.Codec,
        _ start: Int,
        rawBytesCount: Int,
        _ reference: LogReference
    ) -> IndexRow {
        IndexRow(
            kind: kind,
            codec: codec,
            offset: UInt32(start),
            bytesCount: 0,
            rawBytesCount: UInt32(rawBytesCount),
            log: reference
        )
    }

    private static func check(
        _ codec: StoredBlob.Codec,
        rawBytesCount: Int,
        storedBytesCount: Int,
        basesCount: Int
    ) {
        precondition(
            max(rawBytesCount, storedBytesCount) <= Limits.recordPayloadBytesMax && basesCount <= Limits.basesMax,
            "record of \(rawBytesCount) bytes, \(storedBytesCount) stored, on \(basesCount) bases"
        )
        precondition(
            codec != .raw || rawBytesCount == storedBytesCount,
            "raw record of \(storedBytesCount) for \(rawBytesCount)"
        )
    }

    private mutating func begin(
        _ kind: RecordKind,
        _ codec: StoredBlob.Codec,
        rawBytesCount: Int,
        storedBytesCount: Int
    ) {
        Self.check(codec, rawBytesCount: rawBytesCount, storedBytesCount: storedBytesCount, basesCount: 0)
        let isDefault = codec == Self.defaultCodec
        self.bytes.append(isDefault ? kind.rawValue : kind.rawValue | RecordHead.Plain.codec)
        if !isDefault { self.bytes.append(codec.rawValue) }
        self.bytes.appendVarint(UInt64(rawBytesCount))
        if codec != .raw { self.bytes.appendVarint(UInt64(storedBytesCount)) }
    }

    private mutating func end<C: RecordChecksums>(_ row: IndexRow, _ digest: Digest, _: C.Type) {
        let start = Int(row.offset)
        self.bytes.appendUInt32(
            self.bytes.withUnsafeBytes { C.crc32c(0, UnsafeRawBufferPointer(rebasing: $0[start...])) }
        )
        self.rows.append(row.with(bytesCount: UInt32(self.bytes.count - start)))
        self.digests.append(digest)
    }
}
