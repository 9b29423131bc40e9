internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Writes the segment that a compaction makes: under another name until it is whole, synchronized and read back.
///
/// The rename is the moment at which the compaction counts. Before it, a crash leaves the old segments and a file that
/// the next start removes; after it, the next start removes the old segments.
final class SegmentRewriter {
    /// What an unfinished one's name ends in.
    static let suffix = ".seg.new"

    let header: SegmentHeader
    private let files: SegmentFiles
    private let factory: SegmentFactory
    private let file: any StorageFile
    private var batch = BatchBuilder()
    private var footer = SegmentFooterBuilder()
    private var end = SegmentHeader.regionBytesCount
    private var lastSequence: UInt64 = 0
    private var recordCount = 0

    private var path: String { self.files.path(self.header.number, self.header.stream) }
    private var temporaryPath: String { String(self.path.dropLast(".seg".count)) + Self.suffix }

    init(header: SegmentHeader, files: SegmentFiles, factory: SegmentFactory) throws(StorageError) {
        self.header = header
        self.files = files
        self.factory = factory
        let path = String(files.path(header.number, header.stream).dropLast(".seg".count)) + Self.suffix
        self.file = try files.storage.create(path, content: header.encoded(Checksums.self))
        self.batch.begin()
    }

    /// Whether the segment has its name, durable or not: the next start may go by it.
    private(set) var isNamed = false

    /// Bytes of the whole file, once it is finished.
    private(set) var fileBytesCount = 0

    /// Appends the record at `index` of `run` and returns where it lies.
    func append(_ run: RecordRun, at index: Int) throws(StorageError) -> UInt32 {
        let bytesCount = Int(run.rows[index].bytesCount)
        if self.batch.bodyBytesCount >= Limits.batchTargetBytes || !self.batch.hasRoom(for: bytesCount) {
            try self.flush()
        }
        self.batch.append(run, at: index)
        self.recordCount += 1
        // Offsets of a batch count from its start, which is where the file ends now.
        return UInt32(self.end) + (self.batch.rows.last?.offset ?? 0)
    }

    /// Makes everything durable, proves by reading it back that the disk holds it, and gives the segment its name.
    func finish() throws {
        try self.flush()
        // As at sealing: damage to the last batch is then never taken for a torn tail.
        try self.flush(declares: true)
        let rowsStart = SegmentPage.start(from: self.end)
        self.footer.keepOrdinals(below: self.factory.nextOrdinal)
        let footer = self.footer.finish(
            rowsStart: rowsStart,
            lastSequence: self.lastSequence,
            segment: self.header.number,
            place: self.header.place,
            key: self.header.key,
            Checksums.self
        )
        try self.file.write(footer, at: rowsStart)
        self.fileBytesCount = rowsStart + footer.count
        try self.file.synchronize()
        try self.readBack(self.end)
        try self.files.storage.rename(self.temporaryPath, to: self.path)
        self.isNamed = true
        try self.files.storage.synchronizeDirectory(self.files.directory(of: self.header.stream))
        self.files.register(self.header.number, self.header.stream, place: self.header.place)
    }

    /// Removes what was written; for a compaction that does not come to its end.
    func discard() {
        // One that stays is removed by the next start.
        try? self.files.storage.remove(self.temporaryPath)
    }

    /// Writes the batch; or an empty one, on a page of its own, that declares all before it durable.
    private func flush(declares: Bool = false) throws(StorageError) {
        guard declares || !self.batch.isEmpty else { return }
        let start = declares ? SegmentPage.start(from: self.end) : self.end
        // Every record names its ordinal; the batch says how far ordinals have got.
        self.batch.assignOrdinals(from: self.factory.nextOrdinal)
        let sequence = self.factory.nextSequence()
        self.batch.alignment = self.files.storage.batchAlignment
        self.batch.seal(
            in: self.header.number,
            at: start,
            sequence: sequence,
            durableTo: self.end,
            key: self.header.key,
            Checksums.self
        )
        try self.file.write(self.batch.bytes, at: start)
        for var row in self.batch.rows {
            row.offset += UInt32(start)
            self.footer.append(row)
        }
        self.end = start + self.batch.bytes.count
        self.lastSequence = sequence
        self.batch.begin()
    }

    private func readBack(_ batchesEnd: Int) throws {
        let file = (try? self.files.storage.open(self.temporaryPath, .direct)) ?? self.file
        let source = FileSegmentSource(file, bytesCount: batchesEnd)
        var count = 0
        var scanner = SegmentScanner(
            source,
            segment: self.header.number,
            key: self.header.key,
            Checksums.self
        ) { _, _ in count += 1 }
        let report = scanner.run()
        guard count == self.recordCount, report.damageCount == 0, report.end == batchesEnd else {
            throw StoreError(.storage, "segment \(self.header.number) does not read back as it was written")
        }
    }
}
