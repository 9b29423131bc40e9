package import TarnCore

/// Gathers records of many callers into one batch: one write, one fdatasync.
///
/// ``seal(in:at:sequence:durableTo:key:_:)`` may be called again with another place: a batch whose write failed goes to
/// a fresh segment.
package struct BatchBuilder: Sendable {
    /// Header, records and, once sealed, COMMIT and padding.
    package private(set) var bytes: [UInt8]
    /// One for each record, in order. Offsets count from the start of the batch.
    package private(set) var rows: [IndexRow] = []
    package private(set) var digests: [Digest] = []
    private var slots: [BatchCommit.Slot] = []
    private var bodyEnd = BatchHeader.bytesCount
    private var firstOrdinal: UInt64 = 0
    /// The sealed batch takes a multiple of this: a power of two, 8 at least and 4,096 at most.
    package var alignment = BatchHeader.alignment

    package init() {
        self.bytes = [UInt8](repeating: 0, count: BatchHeader.bytesCount)
    }

    package var isEmpty: Bool { self.rows.isEmpty }
    package var bodyBytesCount: Int { self.bodyEnd - BatchHeader.bytesCount }
    /// How many ordinals this batch needs: one for each blob that has none yet.
    package private(set) var ordinalCount: UInt64 = 0

    /// Begins an empty batch; keeps the memory.
    package mutating func begin() {
        self.bytes.removeLast(self.bytes.count - BatchHeader.bytesCount)
        self.rows.removeAll(keepingCapacity: true)
        self.digests.removeAll(keepingCapacity: true)
        self.slots.removeAll(keepingCapacity: true)
        self.bodyEnd = BatchHeader.bytesCount
        self.firstOrdinal = 0
        self.ordinalCount = 0
    }

    /// Whether another record of `bytesCount` bytes fits.
    package func hasRoom(for bytesCount: Int) -> Bool {
        self.bodyBytesCount + bytesCount <= Limits.batchBytesMax && self.rows.count < Limits.batchRecordsMax
    }

    /// Bytes that a difference may take beside its encoded form.
    package static let differenceBytesMax = 96

    /// Appends the record at `index` of `run`. There must be room.
    package mutating func append(_ run: RecordRun, at index: Int) {
        let row = run.rows[index]
        let start = Int(row.offset)
        precondition(self.hasRoom(for: Int(row.bytesCount)), "batch of \(self.bodyBytesCount) bytes is full")
        run.bytes.withUnsafeBytes { self.bytes.append(contentsOf: $0[start..<start + Int(row.bytesCount)]) }
        self.take(row, run.digests[index])
    }

    /// Appends the difference at `index` of `run`, whose bases have these ordinals. There must be room.
    package mutating func append<C: RecordChecksums>(_ run: RecordRun, at index: Int, bases: [UInt64], _: C.Type) {
        let row = run.rows[index]
        let stored = Int(row.offset)..<Int(row.offset + row.bytesCount)
        precondition(
            self.hasRoom(for: stored.count + Self.differenceBytesMax),
            "batch of \(self.bodyBytesCount) bytes is full"
        )
        let start = self.bytes.count
        RecordHead.append(
            blob: row.kind.blobKind ?? .blob,
            codec: row.codec,
            rawBytesCount: Int(row.rawBytesCount),
            storedBytesCount: stored.count,
            ordinal: nil,
            bases: bases,
            to: &self.bytes
        )
        self.bytes.appendDigest(run.digests[index])
        run.bytes.withUnsafeBytes { self.bytes.append(contentsOf: $0[stored]) }
        self.bytes.appendUInt32(
            self.bytes.withUnsafeBytes { C.crc32c(0, UnsafeRawBufferPointer(rebasing: $0[start...])) }
        )
        self.take(row.with(bytesCount: UInt32(self.bytes.count - start)), run.digests[index])
    }

    private mutating func take(_ row: IndexRow, _ digest: Digest) {
        var row = row
        row.offset = UInt32(self.bodyEnd)
        let takesOrdinal = row.kind.isBlob && row.ordinal == IndexRow.noOrdinal
        if takesOrdinal { self.ordinalCount += 1 }
        self.slots.append(BatchCommit.Slot(bytesCount: row.bytesCount, takesOrdinal: takesOrdinal))
        self.rows.append(row)
        self.digests.append(digest)
        self.bodyEnd = self.bytes.count
    }

    /// Gives the blobs without an ordinal the ``ordinalCount`` numbers from `first` on.
    package mutating func assignOrdinals(from first: UInt64) {
        self.firstOrdinal = first
        var next = first
        for (index, slot) in self.slots.enumerated() where slot.takesOrdinal {
            self.rows[index].ordinal = next
            next += 1
        }
    }

    /// Bytes that the batch takes once sealed.
    package var sealedBytesCount: Int {
        let directory = self.slots.reduce(0) { $0 + ByteCursor.varintBytesCount($1.encoded) }
        let end = self.bodyEnd + BatchCommit.fixedBytesCount + directory
        return (end + self.alignment - 1) & ~(self.alignment - 1)
    }

    /// Writes header and COMMIT for a batch at `start` of the segment.
    package mutating func seal<C: RecordChecksums>(
        in segment: UInt32,
        at start: Int,
        sequence: UInt64,
        durableTo: Int,
        key: SegmentKey,
        _: C.Type
    ) {
        self.bytes.removeLast(self.bytes.count - self.bodyEnd)
        let total = self.sealedBytesCount
        let commit = BatchCommit(
            sequence: sequence,
            batchStart: UInt64(start),
            durableTo: UInt64(durableTo),
            recordsChecksum: self.recordsChecksum(C.self),
            firstOrdinal: self.firstOrdinal,
            slots: self.slots
        )
        self.bytes += commit.encoded(mark: key.mark(.commit, segment: segment), C.self)
        self.bytes.append(contentsOf: repeatElement(0, count: total - self.bytes.count))
        let header = BatchHeader(
            defaultCodec: RecordRun.defaultCodec,
            sequence: sequence,
            firstOrdinal: self.firstOrdinal,
            bodyBytesCount: self.bodyBytesCount,
            recordCount: self.rows.count,
            totalBytesCount: total
        )
        self.bytes.replaceSubrange(
            0..<BatchHeader.bytesCount,
            with: header.encoded(mark: key.mark(.batch, segment: segment), C.self)
        )
    }

    private func recordsChecksum<C: RecordChecksums>(_: C.Type) -> UInt32 {
        var checksums: [UInt8] = []
        checksums.reserveCapacity(self.rows.count * Record.checksumBytesCount)
        for row in self.rows {
            let end = Int(row.offset + row.bytesCount)
            checksums += self.bytes[(end - Record.checksumBytesCount)..<end]
        }
        return checksums.withUnsafeBytes { C.crc32c(0, $0) }
    }
}
