internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// The segment that a stream is writing: grows it, makes batches durable in it, seals it. Used by one thread at a time.
///
/// After an error of a write or synchronization it must not be used again, except that a write that found no space may
/// be repeated.
final class SegmentAppender {
    let number: UInt32
    let stream: SegmentStream
    /// Where the last durable batch ends.
    private(set) var end: Int
    private(set) var lastSequence: UInt64
    /// Whether batches followed since the last ``trim(sequence:)``.
    private(set) var isTrimmed: Bool
    /// How long the last batch took to become durable, in nanoseconds.
    private(set) var lastSyncNanoseconds: UInt64 = 0
    private let file: any StorageFile
    private let files: SegmentFiles
    private let key: SegmentKey
    /// Bytes of the file: beyond ``end`` they are zeros.
    private var allocated: Int
    /// By how much zeros are written ahead at most; 0 for not at all.
    private let growthStep: Int
    /// Up to here the page cache was told to let go.
    private var dropped = 0
    private var footer: SegmentFooterBuilder

    /// Batches at least this large are not worth writing zeros ahead of them.
    private static let largeBatchBytes = 128 << 10
    /// Zeros are written ahead for so many batches like the one at hand, and for no fewer bytes than the second: whoever
    /// waits for that one batch waits for all of them.
    private static let batchesPerGrowth = 16
    private static let growthBytesMin = 256 << 10
    private static let plainAlignment = 8

    /// A new segment: its header is durable, and its name, when this returns.
    init(
        create number: UInt32,
        _ stream: SegmentStream,
        header: SegmentHeader,
        files: SegmentFiles,
        growthStep: Int
    )
        throws(StorageError)
    {
        self.number = number
        self.stream = stream
        self.key = header.key
        self.growthStep = Self.usableGrowthStep(growthStep, files)
        self.files = files
        self.file = try files.storage.create(files.path(number, stream), content: header.encoded(Checksums.self))
        try self.file.synchronize()
        try files.storage.synchronizeDirectory(files.directory(of: stream))
        self.end = SegmentHeader.regionBytesCount
        self.allocated = self.end
        self.lastSequence = 0
        self.isTrimmed = true
        self.footer = SegmentFooterBuilder()
        files.register(number, stream)
        files.setActive(number, durableEnd: self.end)
    }

    /// A segment that was written before and has no footer. Cuts off what follows `end`. `isTrimmed` says that its last
    /// batch declares all before it durable.
    init(
        reopen number: UInt32,
        _ stream: SegmentStream,
        key: SegmentKey,
        end: Int,
        lastSequence: UInt64,
        isTrimmed: Bool,
        footer: SegmentFooterBuilder,
        files: SegmentFiles,
        growthStep: Int
    ) throws(StorageError) {
        self.number = number
        self.stream = stream
        self.key = key
        self.growthStep = Self.usableGrowthStep(growthStep, files)
        self.files = files
        self.file = try files.storage.open(files.path(number, stream), .write)
        if try self.file.bytesCount() != end {
            try self.file.truncate(to: end)
            try self.file.synchronize()
        }
        self.end = end
        self.allocated = end
        self.lastSequence = lastSequence
        self.isTrimmed = isTrimmed || end == SegmentHeader.regionBytesCount
        self.footer = footer
        files.setActive(number, durableEnd: self.end)
    }

    /// Where every page is sealed anew, zeros written ahead would only be written twice.
    private static func usableGrowthStep(_ wanted: Int, _ files: SegmentFiles) -> Int {
        files.storage.batchAlignment > self.plainAlignment ? 0 : wanted
    }

    /// Sealed, poisoned or left: whoever let go of it does not write it again.
    deinit {
        self.files.setActive(self.number, durableEnd: nil)
    }

    var isEmpty: Bool { self.end == SegmentHeader.regionBytesCount }

    /// Writes `batch` behind the last one and makes it durable.
    func append(_ batch: inout BatchBuilder, sequence: UInt64) throws(StorageError) {
        self.seal(&batch, at: self.end, sequence: sequence)
        try self.grow(for: batch.bytes.count)
        try self.write(batch, at: self.end, sequence: sequence)
    }

    private func seal(_ batch: inout BatchBuilder, at start: Int, sequence: UInt64) {
        precondition(sequence > self.lastSequence, "batch \(sequence) after \(self.lastSequence)")
        batch.alignment = self.files.storage.batchAlignment
        batch.seal(
            in: self.number,
            at: start,
            sequence: sequence,
            durableTo: self.end,
            key: self.key,
            Checksums.self
        )
    }

    private func write(_ batch: BatchBuilder, at start: Int, sequence: UInt64) throws(StorageError) {
        try self.file.write(batch.bytes, at: start)
        let written = ContinuousClock.now
        try self.file.synchronize()
        let (seconds, attoseconds) = (ContinuousClock.now - written).components
        self.lastSyncNanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
        for var row in batch.rows {
            row.offset += UInt32(start)
            self.footer.append(row)
        }
        self.end = start + batch.bytes.count
        self.allocated = max(self.allocated, self.end)
        self.files.setActive(self.number, durableEnd: self.end)
        self.lastSequence = sequence
        self.isTrimmed = false
        self.dropCached()
    }

    /// Lets go of the chunks that were written a while ago. Whoever mirrors them has read them by now, and memory for
    /// pages of gigabytes that nobody reads costs more than writing them.
    private func dropCached() {
        let end = self.end - Limits.bulkCachedBytesMax
        guard self.stream == .bulk, end - self.dropped >= Limits.bulkBatchTargetBytes else { return }
        self.file.dropCached(self.dropped..<end)
        self.dropped = end
    }

    /// Cuts off what a failed write left behind the last durable batch.
    func discardTail() throws(StorageError) {
        try self.file.truncate(to: self.end)
        self.allocated = self.end
    }

    /// Declares everything written so far durable by an empty batch, so that later damage to the last batch is never
    /// taken for a torn tail, and gives the zeros behind it back. It stands on a page of its own: what goes bad with the
    /// last batch must not take it along.
    func trim(sequence: UInt64) throws(StorageError) {
        guard !self.isTrimmed else { return }
        var batch = BatchBuilder()
        batch.begin()
        let start = SegmentPage.start(from: self.end)
        self.seal(&batch, at: start, sequence: sequence)
        try self.write(batch, at: start, sequence: sequence)
        try self.file.truncate(to: self.end)
        try self.file.synchronize()
        self.allocated = self.end
        self.isTrimmed = true
    }

    /// Writes the footer, on pages of its own; nothing can be appended afterwards.
    func seal(sequence: UInt64) throws(StorageError) {
        try self.trim(sequence: sequence)
        let start = SegmentPage.start(from: self.end)
        let footer = self.footer.finish(
            rowsStart: start,
            lastSequence: self.lastSequence,
            segment: self.number,
            key: self.key,
            Checksums.self
        )
        try self.file.write(footer, at: start)
        try self.file.synchronize()
    }

    /// Writes zeros ahead, so that the next batches fall on blocks that exist: their fdatasync need not touch the file
    /// system's journal.
    private func grow(for bytesCount: Int) throws(StorageError) {
        let needed = self.end + bytesCount
        guard needed > self.allocated, bytesCount < Self.largeBatchBytes, self.growthStep > 0 else { return }
        let step = min(self.growthStep, max(Self.growthBytesMin, Self.batchesPerGrowth * bytesCount))
        let target = (needed + step - 1) / step * step
        do throws(StorageError) {
            try self.file.write([UInt8](repeating: 0, count: target - self.allocated), at: self.allocated)
            self.allocated = target
        } catch {
            // Room for the batch itself may still be there; the write that follows tells.
            guard error.code == .noSpace else { throw error }
            try self.discardTail()
        }
    }
}
