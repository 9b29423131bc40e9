internal import Logging
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Brings a data folder back: superblock, then every segment by its footer or, without one, by a scan. Never refuses
/// because of damage: what is lost is listed, the rest is served.
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
    /// Without the key that the segments were written with nothing in them can be found, and nothing may be cut.
    private var isKeyKnown = true

    init(directory: String, configuration: BlobStore.Configuration, storage: any Storage, logger: Logger) {
        self.configuration = configuration
        self.storage = storage
        self.directory = directory
        self.files = SegmentFiles(storage: storage, directory: directory)
        self.logger = logger
    }

    mutating func run() throws -> Opened {
        try self.files.makeDirectories()
        let listed = try self.listSegments()
        let content = try self.readSuperblock(listed)
        let places = SegmentPlaces(
            files: self.files,
            key: content.key,
            clusterID: self.configuration.clusterID,
            logger: self.logger
        )
        let segments = try places.arrange(listed)
        let index = StoreIndex(key: content.key, clock: self.configuration.clock)
        self.report.segmentCount = segments.count
        self.lastNumber = listed.map(\.number).max() ?? 0
        for segment in segments {
            // What compaction made is never written again, so it does not keep the last one from being.
            let isLast =
                segment.place == nil
                && !segments.contains {
                    $0.stream == segment.stream && $0.place == nil && $0.number > segment.number
                }
            try self.open(segment, isLast: isLast, index)
        }
        let factory = SegmentFactory(
            lastNumber: self.lastNumber,
            lastSequence: self.lastSequence,
            nextOrdinal: self.nextOrdinal,
            files: self.files,
            configuration: self.configuration,
            key: content.key
        )
        return Opened(
            superblock: content,
            report: self.report,
            files: self.files,
            index: index,
            factory: factory,
            active: self.active
        )
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

    private mutating func readSuperblock(
        _ segments: [(number: UInt32, stream: SegmentStream)]
    ) throws -> SuperblockFile.Content {
        let file = SuperblockFile(storage: self.storage, directory: self.directory)
        do {
            let (content, damagedCopies, isUneven) = try file.read()
            if let content {
                try self.check(content.superblock.clusterID, content.superblock.datacenter)
                guard damagedCopies > 0 || isUneven else { return content }
                // An older copy must not be all that is left when the newer one is damaged later.
                self.report.superblock = damagedCopies > 0 ? .repaired : .intact
                var repaired = content
                repaired.sequence += 1
                do throws(StorageError) {
                    try file.update(repaired)
                } catch {
                    self.logger.warning("superblock copy not repaired", metadata: ["error": "\(error)"])
                }
                return repaired
            }
        } catch let error as StorageError where error.code == .notFound {
            // A new folder, unless there are segments.
        }
        var superblock = Superblock(clusterID: self.configuration.clusterID, datacenter: self.configuration.datacenter)
        self.report.superblock = segments.isEmpty ? .created : .lost
        superblock.isTrusted = segments.isEmpty
        let key = try self.key(of: segments)
        self.isKeyKnown = key != nil || segments.isEmpty
        let content = SuperblockFile.Content(sequence: 1, key: key ?? Self.randomKey(), superblock: superblock)
        try file.create(content)
        return content
    }

    /// The key that the first segment with an intact header names.
    private func key(of segments: [(number: UInt32, stream: SegmentStream)]) throws -> SegmentKey? {
        for (number, stream) in segments {
            guard let file = try? self.storage.open(self.files.path(number, stream), .read),
                let header = try? SegmentOpener.header(of: file)
            else {
                continue
            }
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
                    + "\(self.configuration.datacenter) of \(Hex.encode(self.configuration.clusterID))"
            )
        }
    }

    private static func randomKey() -> SegmentKey {
        var random = SystemRandomNumberGenerator()
        return SegmentKey((0..<SegmentKey.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private mutating func open(_ segment: SegmentPlaces.Segment, isLast: Bool, _ index: StoreIndex) throws {
        var opener = SegmentOpener(
            number: segment.number,
            stream: segment.stream,
            place: segment.place,
            files: self.files,
            index: index,
            growthStep: self.configuration.growthStepBytes,
            logger: self.logger
        )
        try opener.run(isLast: isLast, isKeyKnown: self.isKeyKnown)
        let result = opener.result
        self.lastSequence = max(self.lastSequence, result.lastSequence)
        self.nextOrdinal = max(self.nextOrdinal, result.nextOrdinal)
        if result.wasScanned { self.report.scannedCount += 1 }
        if let finding = result.finding { self.report.segments.append(finding) }
        if let appender = result.appender { self.active[segment.stream] = appender }
    }
}
