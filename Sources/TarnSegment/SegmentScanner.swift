package import TarnCore

/// Reads a segment from its batches alone: recovery after a crash, and the way out when a footer is damaged.
///
/// It tells a torn tail from a lost middle by what the writer declared: a batch was acknowledged when a later COMMIT
/// follows it. A torn tail is cut, a lost middle is skipped and listed, and whatever can still be proved intact inside
/// it is kept.
package struct SegmentScanner<Source: SegmentSource, Checksums: RecordChecksums> {
    /// Takes each intact record in order of writing, with the address or node hash that it names; offsets count from
    /// the segment's start.
    package typealias Visitor = (IndexRow, Digest) -> Void

    private let window: ScanWindow<Source>
    private let key: SegmentKey
    private let batchMark: UInt64
    private let commitMark: UInt64
    private let visit: Visitor
    private let isDurable: Bool
    private var report: SegmentScanReport

    /// `segment` and `key` are what the header says, or, when that is damaged, the file's name and the other segments.
    /// `isDurable` says that all of the source was made durable, so that nothing of it can be a torn tail.
    package init(
        _ source: Source,
        segment: UInt32,
        key: SegmentKey,
        isDurable: Bool = false,
        _: Checksums.Type,
        visit: @escaping Visitor
    ) {
        self.window = ScanWindow(source)
        self.key = key
        self.batchMark = key.mark(.batch, segment: segment)
        self.commitMark = key.mark(.commit, segment: segment)
        self.visit = visit
        self.isDurable = isDurable
        self.report = SegmentScanReport(end: SegmentHeader.regionBytesCount)
    }

    /// Scans the whole segment once.
    package mutating func run() -> SegmentScanReport {
        var offset = SegmentHeader.regionBytesCount
        while offset < self.window.bytesCount {
            if let batch = self.batch(at: offset), batch.isIntact {
                self.accept(batch)
                offset = batch.end
                continue
            }
            if !self.isDurable, self.window.isZero(from: offset) { break }
            guard let next = self.nextBatch(after: offset) else {
                if self.isDurable {
                    self.salvage(from: offset, to: self.window.bytesCount)
                } else {
                    self.report.tail = self.report.isDeclared && !self.hasMark(from: offset) ? .declared : .torn
                }
                break
            }
            // The writer declares up to where it had made things durable: what lies behind that never counted, and zeros
            // that fill a page are nothing to look for.
            let durableTo = min(next.commit.durableTo, UInt64(next.start))
            if durableTo > UInt64(offset) { self.salvage(from: offset, to: Int(durableTo)) }
            offset = next.start
        }
        return self.report
    }

    /// Takes what ``run()`` found torn, up to `end`, for something that was durable once: what of it is intact is kept,
    /// the rest is listed.
    package mutating func salvageTail(to end: Int) -> SegmentScanReport {
        self.salvage(from: self.report.end, to: end)
        self.report.tail = .clean
        return self.report
    }

    /// Whether a batch or a COMMIT seems to begin anywhere behind `offset`.
    private func hasMark(from offset: Int) -> Bool {
        let end = self.window.bytesCount
        return self.nextMark(self.batchMark, from: offset, to: end, step: BatchHeader.alignment) != nil
            || self.nextMark(self.commitMark, from: offset, to: end, step: 1) != nil
    }

    /// A batch whose header and COMMIT are intact.
    private struct Batch {
        let start: Int
        let header: BatchHeader
        let commit: BatchCommit
        /// Whether every record is intact too.
        let isIntact: Bool

        var end: Int { self.start + self.header.totalBytesCount }
        var bodyStart: Int { self.start + BatchHeader.bytesCount }
    }

    private func batch(at offset: Int) -> Batch? {
        let start = self.window.bytes(at: offset, count: BatchHeader.bytesCount)
        guard let header = try? BatchHeader(parsing: start, mark: self.batchMark, Checksums.self),
            header.sequence > self.report.lastSequence
        else { return nil }
        let bytes = self.window.bytes(at: offset, count: header.totalBytesCount)
        guard bytes.count == header.totalBytesCount else { return nil }
        let commitStart = BatchHeader.bytesCount + header.bodyBytesCount
        guard
            let commit = try? BatchCommit(
                parsing: UnsafeRawBufferPointer(rebasing: bytes[commitStart...]),
                mark: self.commitMark,
                Checksums.self
            ),
            commit.sequence == header.sequence, commit.batchStart == UInt64(offset),
            commit.slots.count == header.recordCount, commit.bodyBytesCount == header.bodyBytesCount
        else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.bytesCount..<commitStart])
        return Batch(start: offset, header: header, commit: commit, isIntact: Self.isIntact(body, commit))
    }

    private static func isIntact(_ body: UnsafeRawBufferPointer, _ commit: BatchCommit) -> Bool {
        var checksums: [UInt8] = []
        checksums.reserveCapacity(commit.slots.count * Record.checksumBytesCount)
        var offset = 0
        for slot in commit.slots {
            let record = UnsafeRawBufferPointer(rebasing: body[offset..<offset + Int(slot.bytesCount)])
            guard record.count > Record.checksumBytesCount, Record.isIntact(record, Checksums.self) else {
                return false
            }
            checksums += record[(record.count - Record.checksumBytesCount)...]
            offset += Int(slot.bytesCount)
        }
        return checksums.withUnsafeBytes { Checksums.crc32c(0, $0) } == commit.recordsChecksum
    }

    /// Where the next batch with header and COMMIT begins.
    private func nextBatch(after offset: Int) -> Batch? {
        var position = offset + BatchHeader.alignment
        while let candidate = self.nextMark(
            self.batchMark,
            from: position,
            to: self.window.bytesCount,
            step: BatchHeader.alignment
        ) {
            if let batch = self.batch(at: candidate) { return batch }
            position = candidate + BatchHeader.alignment
        }
        return nil
    }

    private func nextMark(_ mark: UInt64, from: Int, to: Int, step: Int) -> Int? {
        var position = from
        while position + 8 <= to {
            let piece = self.window.bytes(at: position, count: min(1 << 20, to - position))
            guard piece.count >= 8 else { return nil }
            var offset = 0
            while offset + 8 <= piece.count {
                if UInt64(littleEndian: piece.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) == mark {
                    return position + offset
                }
                offset += step
            }
            position += offset
        }
        return nil
    }

    private mutating func accept(_ batch: Batch) {
        self.take(batch.commit.slots, from: batch.bodyStart, ordinal: batch.header.firstOrdinal)
        self.report.lastSequence = batch.header.sequence
        self.report.end = batch.end
        self.report.isDeclared = batch.header.recordCount == 0
    }

    /// Keeps what is provably intact from `start` to the batch at `end`, and lists the rest.
    private mutating func salvage(from start: Int, to end: Int) {
        var offset = start
        while offset < end {
            if let batch = self.batch(at: offset), batch.end <= end {
                // Damaged records only: the COMMIT says where the others are.
                self.accept(batch)
                offset = batch.end
            } else if let batchEnd = self.salvageByHeader(at: offset, before: end)
                ?? self.salvageByCommit(at: offset, before: end)
            {
                offset = self.skipPadding(from: batchEnd, to: end)
                self.report.end = offset
            } else if let declared = self.declaringBatch(behind: offset, before: end) {
                offset = declared
            } else {
                self.report.add(.init(range: offset..<end, reason: "header and COMMIT of the batch are damaged"))
                self.report.end = end
                return
            }
        }
    }

    /// Where the zeros end that pad a batch to a page, when `offset` is followed by nothing else.
    private func skipPadding(from offset: Int, to end: Int) -> Int {
        let page = min(end, (offset + SegmentHeader.regionBytesCount - 1) & ~(SegmentHeader.regionBytesCount - 1))
        return self.window.bytes(at: offset, count: page - offset).allSatisfy { $0 == 0 } ? page : offset
    }

    /// Where the damaged declaring batch begins before which zeros fill a page from `offset` on, when what is left of it
    /// says that it is one.
    private func declaringBatch(behind offset: Int, before end: Int) -> Int? {
        let page = self.skipPadding(from: offset, to: end)
        guard page > offset, page < end else { return nil }
        let bytes = self.window.bytes(at: page, count: min(end - page, BatchHeader.bytesCount + 2 * 64))
        if let header = try? BatchHeader(parsing: bytes, mark: self.batchMark, Checksums.self) {
            return header.recordCount == 0 ? page : nil
        }
        guard bytes.count > BatchHeader.bytesCount,
            let commit = try? BatchCommit(
                parsing: UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.bytesCount...]),
                mark: self.commitMark,
                Checksums.self
            )
        else { return nil }
        return commit.batchStart == UInt64(page) && commit.durableTo == UInt64(offset) ? page : nil
    }

    /// Takes the records of a batch whose COMMIT is damaged, one after the other, up to the first that is damaged too.
    /// Returns where the batch ends, or nil when its header is no help.
    private mutating func salvageByHeader(at start: Int, before end: Int) -> Int? {
        let bytes = self.window.bytes(at: start, count: BatchHeader.bytesCount)
        guard let header = try? BatchHeader(parsing: bytes, mark: self.batchMark, Checksums.self),
            start + header.totalBytesCount <= end, header.sequence > self.report.lastSequence
        else { return nil }
        let body = start + BatchHeader.bytesCount
        var slots: [BatchCommit.Slot] = []
        var offset = 0
        while offset < header.bodyBytesCount {
            let rest = self.window.bytes(at: body + offset, count: header.bodyBytesCount - offset)
            guard let record = try? Record(parsing: rest),
                Record.isIntact(UnsafeRawBufferPointer(rebasing: rest[..<record.bytesCount]), Checksums.self)
            else { break }
            let takesOrdinal = record.kind.isBlob && record.ordinal == nil
            slots.append(BatchCommit.Slot(bytesCount: UInt32(record.bytesCount), takesOrdinal: takesOrdinal))
            offset += record.bytesCount
        }
        self.take(slots, from: body, ordinal: header.firstOrdinal)
        let batchEnd = start + header.totalBytesCount
        if offset < header.bodyBytesCount {
            self.report.add(.init(range: (body + offset)..<batchEnd, reason: "record and COMMIT are damaged"))
        }
        self.report.lastSequence = header.sequence
        return batchEnd
    }

    /// Takes the records of a batch whose header is damaged by what its COMMIT says. Returns where the batch ends, or
    /// nil when there is no intact COMMIT for it.
    private mutating func salvageByCommit(at start: Int, before end: Int) -> Int? {
        let body = start + BatchHeader.bytesCount
        var position = body
        while let candidate = self.nextMark(self.commitMark, from: position, to: end, step: 1) {
            let bytes = self.window.bytes(at: candidate, count: min(end - candidate, BatchHeader.totalBytesMax))
            if let commit = try? BatchCommit(parsing: bytes, mark: self.commitMark, Checksums.self),
                commit.batchStart == UInt64(start), commit.sequence > self.report.lastSequence,
                commit.bodyBytesCount == candidate - body
            {
                self.take(commit.slots, from: body, ordinal: commit.firstOrdinal)
                self.report.lastSequence = commit.sequence
                let batchEnd = candidate + commit.bytesCount
                return (batchEnd + BatchHeader.alignment - 1) & ~(BatchHeader.alignment - 1)
            }
            position = candidate + 1
        }
        return nil
    }

    /// Visits the intact records of a batch and lists the others, which keep their ordinals.
    private mutating func take(_ slots: [BatchCommit.Slot], from start: Int, ordinal: UInt64) {
        var ordinal = ordinal
        var offset = start
        for slot in slots {
            let end = offset + Int(slot.bytesCount)
            let bytes = self.window.bytes(at: offset, count: Int(slot.bytesCount))
            let record = try? Record(parsing: bytes)
            if let record, record.bytesCount == bytes.count, Record.isIntact(bytes, Checksums.self),
                let row = self.row(record, bytes, at: offset, ordinal: record.ordinal ?? ordinal)
            {
                self.report.recordCount += 1
                self.visit(row, record.digest)
            } else {
                self.note(damaged: bytes, at: offset..<end, record, ordinal: slot.takesOrdinal ? ordinal : nil)
            }
            if slot.takesOrdinal { ordinal += 1 }
            offset = end
        }
        self.report.nextOrdinal = max(self.report.nextOrdinal, ordinal)
    }

    /// Lists a damaged record with what it can still be known by.
    private mutating func note(
        damaged bytes: UnsafeRawBufferPointer,
        at range: Range<Int>,
        _ record: Record?,
        ordinal: UInt64?
    ) {
        var blob = record.flatMap { $0.kind.isBlob ? $0 : nil }
        var row: IndexRow?
        FlippedBit.repaired(bytes, Checksums.self)?.withUnsafeBytes { repaired in
            guard let record = try? Record(parsing: repaired), record.bytesCount == bytes.count else { return }
            blob = record.kind.isBlob ? record : nil
            row = self.row(record, repaired, at: range.lowerBound, ordinal: record.ordinal ?? ordinal)
        }
        self.report.add(
            .init(
                range: range,
                reason: "the record is damaged",
                address: blob?.digest,
                ordinal: ordinal ?? blob?.ordinal,
                row: row
            )
        )
    }

    private func row(_ record: Record, _ bytes: UnsafeRawBufferPointer, at offset: Int, ordinal: UInt64?) -> IndexRow? {
        var log: LogReference?
        switch record.kind {
        case .blob, .chunk, .manifest, .dictionary, .node: break
        case .entry:
            guard let header = try? LogHeader(decoding: Array(bytes[record.header])) else { return nil }
            let hash = Checksums.digest(UnsafeRawBufferPointer(rebasing: bytes[record.header]))
            log = .entry(op: header.op, hash: hash, parent: header.parent)
        case .acknowledgement: log = .acknowledgement(op: record.op, entry: record.digest)
        case .head: log = .head(logView: record.logView, op: record.op, entry: record.digest)
        case .checkpoint: log = .checkpoint(op: record.op, entry: record.digest, root: record.root)
        }
        let hasFingerprint = record.kind.isBlob || record.kind == .node
        return IndexRow(
            kind: record.kind,
            codec: record.codec,
            offset: UInt32(offset),
            bytesCount: UInt32(record.bytesCount),
            rawBytesCount: UInt32(record.rawBytesCount),
            ordinal: record.kind.isBlob ? ordinal ?? IndexRow.noOrdinal : IndexRow.noOrdinal,
            fingerprint: hasFingerprint ? self.key.fingerprint(of: record.digest) : Fingerprint(high: 0, low: 0),
            log: log
        )
    }
}
