internal import Dispatch
internal import Logging
internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// The one thread on which the store looks after itself: collection, compaction and scrub, one step at a time, so that
/// none of them ever waits for a lock that a writer holds for long, nor for another of them.
///
/// Linux gives the queue's thread the same share of a core as any other, whatever its class: what keeps upkeep from
/// starving others is that it is one thread, that its steps are short, and that whoever asks for them rests in between.
final class UpkeepQueue: Sendable {
    /// What every step works with; touched on the queue only.
    struct Context: @unchecked Sendable {
        let files: SegmentFiles
        let index: StoreIndex
        let factory: SegmentFactory
        let segmentBytesMax: [SegmentStream: Int]
        let worker: WorkerContext
        /// Bases as they were read for upkeep, not as somebody else decoded them before.
        let cache = DecodedCache(bytesMax: Limits.verifyCacheBytesMax)
        let memory: UpkeepMemory
        let logger: Logger

        var decoder: BlobDecoder {
            BlobDecoder(files: self.files, index: self.index, cache: self.cache, context: self.worker)
        }

        func rows(of segment: PlacedSegment) -> SegmentInventory {
            SegmentInventory(segment: segment, files: self.files, index: self.index)
        }
    }

    private let queue = DispatchQueue(label: "tarn.store.upkeep", qos: .utility)
    private let context: Context
    private let isClosed = Mutex(false)

    init(
        files: SegmentFiles,
        index: StoreIndex,
        factory: SegmentFactory,
        segmentBytesMax: [SegmentStream: Int],
        compressionLevel: Int,
        file: UpkeepFile,
        logger: Logger
    ) throws {
        self.context = Context(
            files: files,
            index: index,
            factory: factory,
            segmentBytesMax: segmentBytesMax,
            worker: try WorkerContext(compressionLevel: compressionLevel),
            memory: UpkeepMemory(file: file, index: index, logger: logger),
            logger: logger
        )
    }

    /// Runs one step. Throws `closed` once the store is closing.
    func run<Result: Sendable>(_ step: @escaping @Sendable (Context) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            self.queue.async {
                guard !self.isClosed.withLock({ $0 }) else {
                    continuation.resume(throwing: StoreError(.closed, "the store is closed"))
                    return
                }
                continuation.resume(with: Swift.Result { try step(self.context) })
            }
        }
    }

    /// Lets the step under way end and refuses all others.
    func close() async {
        let wasOpen = self.isClosed.withLock { !exchange(&$0, with: true) }
        await withCheckedContinuation { continuation in
            self.queue.async {
                if wasOpen, self.context.memory.hasChanged { self.context.memory.save(isDue: true) }
                continuation.resume()
            }
        }
    }
}
