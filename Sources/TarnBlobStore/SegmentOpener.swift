internal import Logging
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Brings one segment back: by its footer, or by a scan that cuts a torn tail and lists what is lost.
struct SegmentOpener {
    /// What was found, besides the records, which go to the index.
    struct Result {
        var lastSequence: UInt64 = 0
        var nextOrdinal: UInt64 = 0
        var wasScanned = false
        /// What there is to tell about the segment.
        var finding: RecoveryReport.Segment?
        /// Set when the segment goes on being written.
        var appender: SegmentAppender?
    }

    private static let rowsPerPublish = 4_096

    private(set) var result = Result()
    private let number: UInt32
    private let place: ClosedRange<UInt32>?
    private let stream: SegmentStream
    private let files: SegmentFiles
    private let index: StoreIndex
    private let growthStep: Int
    private let logger: Logger
    /// Whether the segment may take batches of the format that is written now.
    private var isCurrent = true
    /// Where the footer begins, when there is one: all before it was durable when it was written.
    private var rowsStart: Int?

    init(
        number: UInt32,
        stream: SegmentStream,
        place: ClosedRange<UInt32>?,
        files: SegmentFiles,
        index: StoreIndex,
        growthStep: Int,
        logger: Logger
    ) {
        self.number = number
        self.stream = stream
        self.place = place
        self.files = files
        self.index = index
        self.growthStep = growthStep
        self.logger = logger
    }

    static func header(of file: any StorageFile) throws -> SegmentHeader {
        let region = try file.read(at: 0, count: SegmentHeader.regionBytesCount)
        return try region.withUnsafeBytes { try SegmentHeader(decoding: $0, Checksums.self) }
    }

    private var path: String { self.files.path(self.number, self.stream) }

    /// Only the last segment of a stream is written again.
    mutating func run(isLast: Bool, isKeyKnown: Bool) throws {
        guard let file = try self.open() else { return }
        let bytesCount = try file.bytesCount()
        let (isForeign, headerRemark) = self.judgeHeader(of: file)
        guard !isForeign, isKeyKnown else {
            // Nothing in it can be found, so nothing of it may be touched.
            let reason = isForeign ? "it belongs to another store" : "neither superblock nor header says its key"
            self.note(SegmentScanReport(end: 0), torn: 0, reason)
            return
        }
        self.files.register(self.number, self.stream, place: self.place)
        let footerRemark: String?
        do {
            try self.readFooter(file, bytesCount)
            if let headerRemark { self.note(SegmentScanReport(end: bytesCount), torn: 0, headerRemark) }
            return
        } catch let error as SegmentError {
            // Having none is the usual case: the segment that was being written.
            footerRemark = error.code == .checksum ? "\(error)" : nil
        } catch let error as StorageError where error.code != .crashed {
            footerRemark = "\(error)"
        }
        if headerRemark != nil, bytesCount <= SegmentHeader.regionBytesCount {
            self.removeUnfinished()
            return
        }
        var syncRemark: String?
        do throws(StorageError) {
            // No decision may rest on what is in the cache but not on the disk.
            try file.synchronize()
        } catch {
            syncRemark = "\(error)"
        }
        try self.scan(file, bytesCount, isLast: isLast, remark: headerRemark ?? footerRemark ?? syncRemark)
    }

    /// The file, or nil, and a finding, when the disk does not give it.
    private mutating func open() throws -> (any StorageFile)? {
        do throws(StorageError) {
            return try self.files.storage.open(self.path, .write)
        } catch {
            guard error.code == .inputOutput else { throw error }
            self.note(SegmentScanReport(end: 0), torn: 0, "\(error)")
            return nil
        }
    }

    /// Whether the segment is another store's, and otherwise what is wrong with its header.
    private mutating func judgeHeader(of file: any StorageFile) -> (isForeign: Bool, remark: String?) {
        do {
            let header = try Self.header(of: file)
            guard header.key == self.index.key else { return (true, nil) }
            self.isCurrent = header.isCurrent
            guard header.number == self.number, header.stream == self.stream else {
                return (false, "the header names segment \(header.number) of \(header.stream.name)")
            }
            return (false, nil)
        } catch {
            return (false, "\(error)")
        }
    }

    /// Removes a segment whose making was interrupted before it held anything.
    private func removeUnfinished() {
        do throws(StorageError) {
            try self.files.storage.remove(self.path)
            self.files.unregister(self.number)
        } catch {
            self.logger.warning("empty segment not removed", metadata: ["error": "\(error)"])
        }
    }

    private mutating func readFooter(_ file: any StorageFile, _ bytesCount: Int) throws {
        let trailerStart = max(0, bytesCount - SegmentFooter.trailerBytesCount)
        let trailer = try file.read(at: trailerStart, count: SegmentFooter.trailerBytesCount)
        let (number, index) = (self.number, self.index)
        let range = try trailer.withUnsafeBytes {
            try SegmentFooter.rowsRange(
                trailer: $0,
                fileBytesCount: bytesCount,
                segment: number,
                key: index.key,
                Checksums.self
            )
        }
        self.rowsStart = range.lowerBound
        let bytes = try file.read(at: range.lowerBound, count: bytesCount - range.lowerBound)
        var rows: [IndexRow] = []
        let footer = try bytes.withUnsafeBytes { bytes in
            try SegmentFooter(
                decoding: bytes,
                fileBytesCount: bytesCount,
                segment: number,
                key: index.key,
                Checksums.self
            ) { row in
                rows.append(row)
                self.publish(&rows, atLeast: Self.rowsPerPublish)
            }
        }
        self.publish(&rows, atLeast: 0)
        self.result.lastSequence = footer.lastSequence
        self.result.nextOrdinal = footer.nextOrdinal
    }

    private mutating func scan(
        _ file: any StorageFile,
        _ bytesCount: Int,
        isLast: Bool,
        remark: String?
    ) throws {
        var footer = SegmentFooterBuilder()
        var rows: [IndexRow] = []
        let source = FileSegmentSource(file, bytesCount: bytesCount)
        let opener = self
        var scanner = SegmentScanner(source, segment: self.number, key: self.index.key, Checksums.self) { row, _ in
            footer.append(row)
            rows.append(row)
            opener.publish(&rows, atLeast: Self.rowsPerPublish)
        }
        var found = scanner.run()
        if found.tail == .torn, let rowsStart {
            // The segment was sealed: what looks torn was durable once.
            found = scanner.salvageTail(to: rowsStart)
        }
        self.publish(&rows, atLeast: 0)
        self.result.wasScanned = true
        self.result.lastSequence = found.lastSequence
        self.result.nextOrdinal = found.nextOrdinal
        var torn = found.tail == .clean ? 0 : bytesCount - found.end
        let isEnded = found.tail == .torn && !isLast
        if torn > 0, isEnded || source.hasUnreadableSectors || torn > Limits.batchBytesMax + 2 * self.growthStep {
            // A torn batch can be read, is no larger than a batch, and stands where its stream ends. Nothing of the tail
            // is believed: nobody knows whether it counted, and its ordinals may have been given again.
            found.noteDamage(found.end..<bytesCount, "nothing in it can be proved")
            torn = 0
        }
        self.index.publishSuspects(found.damages, segment: self.number)
        if torn > 0 || found.damageCount > 0 || remark != nil { self.note(found, torn: torn, remark) }
        // What is damaged stays as it is: it may be wanted as evidence, and it is not written to any more.
        guard found.damageCount == 0 else { return }
        if torn > 0 { self.keepAside(file, from: found.end, count: torn) }
        try self.goOn(found, footer, isActive: isLast && remark == nil && self.isCurrent)
    }

    private func publish(_ rows: inout [IndexRow], atLeast count: Int) {
        guard rows.count >= count else { return }
        self.index.publish(rows, segment: self.number, stream: self.stream, base: 0, isNew: false)
        rows.removeAll(keepingCapacity: true)
    }

    /// Goes on writing the segment, or seals it so that the next start need not scan it.
    private mutating func goOn(_ found: SegmentScanReport, _ footer: SegmentFooterBuilder, isActive: Bool) throws {
        do throws(StorageError) {
            let appender = try SegmentAppender(
                reopen: self.number,
                self.stream,
                key: self.index.key,
                end: max(found.end, SegmentHeader.regionBytesCount),
                lastSequence: found.lastSequence,
                isTrimmed: found.isDeclared,
                footer: footer,
                files: self.files,
                growthStep: self.growthStep
            )
            if isActive {
                self.result.appender = appender
            } else {
                // Only batches of one segment are told apart by their numbers.
                try appender.seal(sequence: found.lastSequence + 1)
                self.result.lastSequence = appender.lastSequence
            }
        } catch {
            guard error.code != .crashed else { throw error }
            self.logger.warning(
                "segment left as it is",
                metadata: ["segment": "\(self.number)", "error": "\(error)"]
            )
        }
    }

    private mutating func note(_ found: SegmentScanReport, torn: Int, _ remark: String?) {
        self.result.finding = RecoveryReport.Segment(
            number: self.number,
            stream: self.stream,
            tornBytesCount: torn,
            damages: found.damages,
            damageCount: found.damageCount,
            remark: remark
        )
        self.logger.notice(
            "segment recovered",
            metadata: [
                "segment": "\(self.number)", "torn_bytes": "\(torn)", "damages": "\(found.damageCount)",
                "remark": "\(remark ?? "")",
            ]
        )
    }

    /// Copies a torn tail to a file beside the segment, for whoever wants to look: at most one for each segment, and no
    /// error if it cannot be written.
    private func keepAside(_ file: any StorageFile, from offset: Int, count: Int) {
        let path = self.path + ".torn"
        do {
            let bytes = try file.read(at: offset, count: min(count, Limits.batchBytesMax))
            guard let last = bytes.lastIndex(where: { $0 != 0 }) else { return }
            try? self.files.storage.remove(path)
            try self.files.storage.open(path, .create).write(Array(bytes[...last]), at: 0)
        } catch {
            self.logger.warning(
                "torn bytes not kept",
                metadata: ["segment": "\(self.number)", "error": "\(error)"]
            )
        }
    }
}
