internal import Logging
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Brings a data folder back: superblock, then every segment by its footer or, without one, by a scan. Never refuses because of damage:
/// what is lost is listed, the rest is served.
struct StoreOpener {
    /// What an open store consists of.
    struct Opened {
        let superblock: SuperblockFile.Content
        let report: RecoveryReport
        let files: SegmentFiles
        let index: StoreIndex
        let factory: SegmentFactory
        /// The segments that go on being written, at most one a stream.
        let active: [SegmentStream: SegmentAppender]
    }

    private let configuration: BlobStore.Configuration
    private let storage: any Storage
    private let directory: String
    private let files: SegmentFiles
    private let logger: Logger
    private var report = RecoveryReport()
    private var lastNumber: UInt32 = 0
    private var lastSequence: UInt64 = 0
    private var nextOrdinal: UInt64 = 0
    private var active: [SegmentStream: SegmentAppender] = [:]

    init(directory: String, configuration: BlobStore.Configuration, storage: any Storage, logger: Logger) {
        self.configuration = configuration
        self.storage = storage
        self.directory = directory
        self.files = SegmentFiles(storage: storage, directory: directory)
        self.logger = logger
    }

    mutating func run() throws -> Opened {
        try self.files.makeDirectories()
        let segments = try self.listSegments()
        let content = try self.readSuperblock(segments)
        let index = StoreIndex(key: content.key)
        self.report.segmentCount = segments.count
        for (number, stream) in segments {
            self.lastNumber = max(self.lastNumber, number)
            let isLast = !segments.contains { $0.stream == stream && $0.number > number }
            try self.open(number, stream, isLast: isLast, index)
        }
        let factory = SegmentFactory(
            lastNumber: self.lastNumber, lastSequence: self.lastSequence, nextOrdinal: self.nextOrdinal, files: self.files,
            configuration: self.configuration, key: content.key)
        return Opened(
            superblock: content, report: self.report, files: self.files, index: index, factory: factory, active: self.active)
    }

    /// All segments in the order in which they were made.
    private func listSegments() throws -> [(number: UInt32, stream: SegmentStream)] {
        var out: [(number: UInt32, stream: SegmentStream)] = []
        for stream in SegmentStream.allCases {
            // Names that a crash made visible before they were durable must not vanish after something relied on them.
            try self.storage.synchronizeDirectory(self.files.directory(of: stream))
            for listing in try self.storage.list(self.files.directory(of: stream)) where !listing.isDirectory {
                guard let number = SegmentFiles.number(ofFile: listing.name) else { continue }
                out.append((number, stream))
            }
        }
        return out.sorted { $0.number < $1.number }
    }

    private mutating func readSuperblock(_ segments: [(number: UInt32, stream: SegmentStream)]) throws -> SuperblockFile.Content {
        let file = SuperblockFile(storage: self.storage, directory: self.directory)
        do {
            let (content, damagedCopies) = try file.read()
            if let content {
                try self.check(content.superblock.clusterID, content.superblock.datacenter)
                guard damagedCopies > 0 else { return content }
                self.report.superblock = .repaired
                var repaired = content
                repaired.sequence += 1
                try file.update(repaired)
                return repaired
            }
        } catch let error as StorageError where error.code == .notFound {
            // A new folder, unless there are segments.
        }
        var superblock = Superblock(clusterID: self.configuration.clusterID, datacenter: self.configuration.datacenter)
        self.report.superblock = segments.isEmpty ? .created : .lost
        superblock.isTrusted = segments.isEmpty
        let content = SuperblockFile.Content(
            sequence: 1, key: try self.key(of: segments) ?? Self.randomKey(), superblock: superblock)
        try file.create(content)
        return content
    }

    /// The key that the first segment with an intact header names.
    private func key(of segments: [(number: UInt32, stream: SegmentStream)]) throws -> SegmentKey? {
        for (number, stream) in segments {
            guard let header = try? self.header(self.storage.open(self.files.path(number, stream), .read)) else { continue }
            try self.check(header.clusterID, header.datacenter)
            return header.key
        }
        return nil
    }

    private func check(_ clusterID: [UInt8], _ datacenter: DatacenterID) throws {
        guard clusterID == self.configuration.clusterID, datacenter == self.configuration.datacenter else {
            throw StoreError(
                .wrongStore,
                "\(self.directory) belongs to datacentre \(datacenter) of cluster \(Hex.encode(clusterID)), not to "
                    + "\(self.configuration.datacenter) of \(Hex.encode(self.configuration.clusterID))")
        }
    }

    private func header(_ file: any StorageFile) throws -> SegmentHeader {
        let region = try file.read(at: 0, count: SegmentHeader.regionBytesCount)
        return try region.withUnsafeBytes { try SegmentHeader(decoding: $0, Checksums.self) }
    }

    private static func randomKey() -> SegmentKey {
        var random = SystemRandomNumberGenerator()
        return SegmentKey((0..<SegmentKey.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private mutating func open(_ number: UInt32, _ stream: SegmentStream, isLast: Bool, _ index: StoreIndex) throws {
        let path = self.files.path(number, stream)
        let file = try self.storage.open(path, .write)
        let bytesCount = try file.bytesCount()
        self.files.register(number, stream)
        var remark: String?
        do {
            let header = try self.header(file)
            if header.number != number || header.stream != stream {
                remark = "the header names segment \(header.number) of \(header.stream.name)"
            }
        } catch {
            remark = "\(error)"
        }
        do {
            try self.readFooter(file, bytesCount, number, stream, index)
            if let remark { self.note(number, stream, SegmentScanReport(end: bytesCount), torn: 0, remark) }
            return
        } catch let error as SegmentError {
            // Without a footer, the usual case is the segment that was being written.
            if error.code == .checksum { remark = remark ?? "\(error)" }
        }
        // No decision may rest on what is in the cache but not on the disk.
        try? file.synchronize()
        try self.scan(file, bytesCount, number, stream, isLast: isLast, remark, index)
    }

    private mutating func readFooter(
        _ file: any StorageFile, _ bytesCount: Int, _ number: UInt32, _ stream: SegmentStream, _ index: StoreIndex
    ) throws {
        let trailerStart = max(0, bytesCount - SegmentFooter.trailerBytesCount)
        let trailer = try file.read(at: trailerStart, count: SegmentFooter.trailerBytesCount)
        let range = try trailer.withUnsafeBytes {
            try SegmentFooter.rowsRange(
                trailer: $0, fileBytesCount: bytesCount, segment: number, key: index.key, Checksums.self)
        }
        let bytes = try file.read(at: range.lowerBound, count: bytesCount - range.lowerBound)
        var rows: [IndexRow] = []
        let footer = try bytes.withUnsafeBytes { bytes in
            try SegmentFooter(
                decoding: bytes, fileBytesCount: bytesCount, segment: number, key: index.key, Checksums.self
            ) { row in
                rows.append(row)
                if rows.count == Self.rowsPerPublish {
                    index.publish(rows, segment: number, stream: stream, base: 0)
                    rows.removeAll(keepingCapacity: true)
                }
            }
        }
        index.publish(rows, segment: number, stream: stream, base: 0)
        self.lastSequence = max(self.lastSequence, footer.lastSequence)
        self.nextOrdinal = max(self.nextOrdinal, footer.nextOrdinal)
    }

    private static let rowsPerPublish = 4_096

    private mutating func scan(
        _ file: any StorageFile, _ bytesCount: Int, _ number: UInt32, _ stream: SegmentStream, isLast: Bool, _ remark: String?,
        _ index: StoreIndex
    ) throws {
        self.report.scannedCount += 1
        var footer = SegmentFooterBuilder()
        var rows: [IndexRow] = []
        var scanner = SegmentScanner(
            FileSegmentSource(file, bytesCount: bytesCount), segment: number, key: index.key, Checksums.self
        ) { row, _ in
            footer.append(row)
            rows.append(row)
            if rows.count == Self.rowsPerPublish {
                index.publish(rows, segment: number, stream: stream, base: 0)
                rows.removeAll(keepingCapacity: true)
            }
        }
        let found = scanner.run()
        index.publish(rows, segment: number, stream: stream, base: 0)
        self.lastSequence = max(self.lastSequence, found.lastSequence)
        self.nextOrdinal = max(self.nextOrdinal, found.nextOrdinal)
        let torn = found.tail == .torn ? bytesCount - found.end : 0
        if torn > 0 || found.damageCount > 0 || remark != nil { self.note(number, stream, found, torn: torn, remark) }
        if torn > 0 { self.keepAside(file, from: found.end, count: torn, of: number, stream) }
        let isWhole = found.damageCount == 0 && remark == nil
        try self.goOn(number, stream, found, footer, isActive: isLast && isWhole, index.key)
    }

    /// Goes on writing the segment, or seals it so that the next start need not scan it.
    private mutating func goOn(
        _ number: UInt32, _ stream: SegmentStream, _ found: SegmentScanReport, _ footer: SegmentFooterBuilder, isActive: Bool,
        _ key: SegmentKey
    ) throws {
        do throws(StorageError) {
            let appender = try SegmentAppender(
                reopen: number, stream, key: key, end: max(found.end, SegmentHeader.regionBytesCount),
                lastSequence: found.lastSequence, footer: footer, files: self.files,
                growthStep: self.configuration.growthStepBytes)
            if isActive {
                self.active[stream] = appender
            } else if found.damageCount == 0 {
                self.lastSequence += 1
                try appender.seal(sequence: self.lastSequence)
            }
        } catch {
            guard error.code != .crashed else { throw error }
            self.logger.warning("segment left as it is", metadata: ["segment": "\(number)", "error": "\(error)"])
        }
    }

    private mutating func note(
        _ number: UInt32, _ stream: SegmentStream, _ found: SegmentScanReport, torn: Int, _ remark: String?
    ) {
        self.report.segments.append(
            RecoveryReport.Segment(
                number: number, stream: stream, tornBytesCount: torn, damages: found.damages, damageCount: found.damageCount,
                remark: remark))
        self.logger.notice(
            "segment recovered",
            metadata: [
                "segment": "\(number)", "torn_bytes": "\(torn)", "damages": "\(found.damageCount)", "remark": "\(remark ?? "")",
            ])
    }

    /// Copies a torn tail to a file beside the segment, for whoever wants to look: at most one for each segment, and no error if it
    /// cannot be written.
    private func keepAside(_ file: any StorageFile, from offset: Int, count: Int, of number: UInt32, _ stream: SegmentStream) {
        let path = self.files.path(number, stream) + ".torn"
        do {
            let bytes = try file.read(at: offset, count: min(count, Limits.batchBytesMax))
            guard let last = bytes.lastIndex(where: { $0 != 0 }) else { return }
            try? self.storage.remove(path)
            try self.storage.open(path, .create).write(Array(bytes[...last]), at: 0)
        } catch {
            self.logger.warning("torn bytes not kept", metadata: ["segment": "\(number)", "error": "\(error)"])
        }
    }
}
