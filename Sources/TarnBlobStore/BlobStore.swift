internal import Dispatch
package import Logging
internal import Synchronization
package import TarnCore
package import TarnSegment
package import TarnStorage

/// The truth of one datacentre on disk: blobs by address, the log, checkpoints and the superblock.
///
/// Whatever a method that writes has returned for is durable; nothing is visible, or deduplicated against, before it
/// is. Every read is proved against its hash. Damage is an error that names what is damaged, never a crash, and never a
/// reason not to open.
package final class BlobStore: Sendable {
    package struct Configuration: Sendable {
        /// 16 bytes.
        package var clusterID: [UInt8]
        package var datacenter: DatacenterID
        /// A segment is sealed before it would grow over this.
        package var segmentBytesMax: [SegmentStream: Int] = [
            .small: 128 << 20, .bulk: 512 << 20, .meta: 64 << 20,
        ]
        /// Zeros are written ahead in steps of this; 0 turns that off.
        package var growthStepBytes = 4 << 20
        /// How long a stream rests before its segment is cut to its last batch.
        package var idleTrimMilliseconds = 2_000
        /// How long a blob waits for what names it, see ``BlobStore/enqueue(_:ifRefused:)``.
        package var queuedMillisecondsMax = 5
        /// zstd level of ingest.
        package var compressionLevel = 3
        /// Threads that hash, compress and read.
        package var workerCount = 2
        package var cacheBytesMax = 40 << 20
        /// Whether opening finds out again, in the background, which blobs may be bases of others.
        package var rebuildsSimilarity = true
        /// Free space that new content leaves for acknowledgements, log entries and deletes.
        package var reserveBytes = 256 << 20
        /// Seconds since 1970, for telling what was used lately.
        package var clock: @Sendable () -> UInt32 = StoreClock.seconds

        package init(clusterID: [UInt8], datacenter: DatacenterID) {
            self.clusterID = clusterID
            self.datacenter = datacenter
        }
    }

    package let recovery: RecoveryReport
    let files: SegmentFiles
    let index: StoreIndex
    let pool: WorkerPool
    let cache: DecodedCache
    let similarity = SimilarityIndex()
    let inFlight = BlobsInFlight()
    let queued = QueuedBlobs()
    let health: StoreHealth
    let auditor: SegmentAuditor
    let small: StreamWriter
    let bulk: StreamWriter
    let meta: StreamWriter
    let upkeep: UpkeepQueue
    private let superblocks: SuperblockKeeper
    private let lock: any StorageLock
    private let rebuild: SimilarityRebuild

    /// Opens the data folder at `directory`, which must exist, and makes in it what is missing. Throws ``StoreError``
    /// `wrongStore` when it belongs to somebody else or another node is running on it.
    package static func open(
        directory: String,
        configuration: Configuration,
        storage: any Storage,
        logger: Logger
    ) async throws -> BlobStore {
        let queue = DispatchQueue(label: "tarn.store.open", qos: .userInitiated)
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        let lock = try Self.lock(directory, storage)
                        var opener = StoreOpener(
                            directory: directory,
                            configuration: configuration,
                            storage: storage,
                            logger: logger
                        )
                        return try BlobStore(
                            try opener.run(),
                            lock: lock,
                            directory: directory,
                            configuration: configuration,
                            storage: storage,
                            logger: logger
                        )
                    }
                )
            }
        }
    }

    private static func lock(_ directory: String, _ storage: any Storage) throws -> any StorageLock {
        do throws(StorageError) {
            return try storage.lock("\(directory)/lock")
        } catch {
            throw StoreError(error.code == .locked ? .wrongStore : .storage, "\(error)")
        }
    }

    private init(
        _ opened: StoreOpener.Opened,
        lock: any StorageLock,
        directory: String,
        configuration: Configuration,
        storage: any Storage,
        logger: Logger
    ) throws {
        let health = StoreHealth(
            storage: storage,
            directory: directory,
            reserveBytesCount: UInt64(configuration.reserveBytes)
        )
        let auditor = SegmentAuditor(files: opened.files, index: opened.index, logger: logger)
        let writers = SegmentStream.allCases.map { stream in
            let writer = BatchWriter(
                stream: stream,
                segment: opened.active[stream],
                segmentBytesMax: min(configuration.segmentBytesMax[stream] ?? 64 << 20, Limits.segmentBytesMax),
                index: opened.index,
                factory: opened.factory,
                health: health,
                auditor: auditor,
                logger: logger
            )
            return StreamWriter(
                writer,
                label: "tarn.store.\(stream.name)",
                idleTrimMilliseconds: configuration.idleTrimMilliseconds,
                waitMillisecondsMax: configuration.queuedMillisecondsMax
            )
        }
        self.lock = lock
        self.recovery = opened.report
        self.files = opened.files
        self.index = opened.index
        self.pool = try WorkerPool(
            count: configuration.workerCount,
            compressionLevel: configuration.compressionLevel
        )
        self.cache = DecodedCache(bytesMax: configuration.cacheBytesMax)
        self.rebuild = SimilarityRebuild(
            files: opened.files,
            index: opened.index,
            cache: self.cache,
            similarity: self.similarity,
            pool: self.pool
        )
        if configuration.rebuildsSimilarity { self.rebuild.start() }
        self.health = health
        self.auditor = auditor
        self.small = writers[Int(SegmentStream.small.rawValue)]
        self.bulk = writers[Int(SegmentStream.bulk.rawValue)]
        self.meta = writers[Int(SegmentStream.meta.rawValue)]
        self.upkeep = try UpkeepQueue(
            files: opened.files,
            index: opened.index,
            factory: opened.factory,
            segmentBytesMax: configuration.segmentBytesMax,
            compressionLevel: configuration.compressionLevel,
            file: UpkeepFile(storage: storage, directory: directory),
            logger: logger
        )
        self.superblocks = SuperblockKeeper(
            file: SuperblockFile(storage: storage, directory: directory),
            content: opened.superblock,
            health: health
        )
    }

    /// What this datacentre has promised.
    package var superblock: Superblock { self.superblocks.current }

    /// Makes `superblock` durable in both copies. Numbers that only grow are never taken back, whatever it says. After
    /// an error the process must stop: nobody knows any more what it has promised.
    package func update(superblock: Superblock) async throws {
        try await self.superblocks.update(givesUp: false) { $0 = superblock }
    }

    /// The same for a part of it: what others change meanwhile stays as they made it.
    package func updateSuperblock(_ change: @escaping @Sendable (inout Superblock) -> Void) async throws {
        try await self.superblocks.update(givesUp: false, change)
    }

    /// The same, except that the commit number may be taken back: committed ops behind it are given up for good.
    package func update(givingUpBehind superblock: Superblock) async throws {
        try await self.superblocks.update(givesUp: true) { $0 = superblock }
    }

    /// Why new content is refused, or nil.
    package var readOnlyReason: String? { self.health.readOnlyReason }

    /// Bytes that new content may still take, without the reserve.
    package var freeBytesCount: UInt64 { self.health.freeBytesCount }

    /// How long the segments' fdatasync calls took, since the store was opened.
    package var syncLatency: LatencyCounts { self.health.syncLatency }

    package func statistics() -> StoreStatistics {
        self.index.statistics(segments: self.files.segmentCounts())
    }

    /// Finishes what is queued, cuts the segments to their last batches and lets go of the folder. Later calls throw
    /// `closed`.
    package func close() async throws {
        self.rebuild.stop()
        await self.upkeep.close()
        await self.bulk.close()
        await self.small.close()
        await self.meta.close()
        await self.auditor.wait()
        await self.superblocks.close()
        self.health.close()
        self.files.closeAll()
        self.lock.release()
    }

    /// Runs `body` with a decoder: on a worker's thread, or on the caller's when it `isShort` (see
    /// ``WorkerPool/runHere(_:)``).
    func withDecoder<Result: Sendable>(
        _ priority: WorkerPool.Priority,
        cache: DecodedCache? = nil,
        isShort: Bool = false,
        _ body: @escaping @Sendable (BlobDecoder) throws -> Result
    ) async throws -> Result {
        let (files, index, cache) = (self.files, self.index, cache ?? self.cache)
        if isShort {
            let result = try self.pool.runHere { context in
                try body(BlobDecoder(files: files, index: index, cache: cache, context: context))
            }
            if let result { return result }
        }
        return try await self.pool.run(priority) { context in
            try body(BlobDecoder(files: files, index: index, cache: cache, context: context))
        }
    }
}
