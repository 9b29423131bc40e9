internal import Logging
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnSegment

/// Makes accepted entries durable: the entry at once and in order, its acknowledgement when every blob that it names is
/// here too.
///
/// Entry, blobs and acknowledgement share one batch and one fdatasync whenever the blobs are at hand.
final class PersistWorker: Sendable {
    private static let pageBytesMax = 8 << 20

    private let queue: PersistQueue
    private let store: BlobStore
    private let engine: ReplicaEngine
    private let fetcher: BlobFetcher
    private let jobs: JobRunner
    private let collector: GarbageCollector
    private let logger: Logger

    init(
        queue: PersistQueue,
        store: BlobStore,
        engine: ReplicaEngine,
        fetcher: BlobFetcher,
        jobs: JobRunner,
        collector: GarbageCollector,
        logger: Logger
    ) {
        self.queue = queue
        self.store = store
        self.engine = engine
        self.fetcher = fetcher
        self.jobs = jobs
        self.collector = collector
        self.logger = logger
    }

    /// Runs until the queue is finished or the task cancelled.
    func run() async {
        for await _ in self.queue.arrivals {
            let (entries, inline) = self.queue.take()
            guard !entries.isEmpty else { continue }
            await Retry.untilCancelled(logger: self.logger, what: "storing log entries") {
                try await self.persist(entries, inline: inline)
            }
        }
    }

    /// Fetches the blobs that committed ops name and this node did not get before it stopped: up to `op`, a page of the
    /// log at a time.
    func completeCommitted(through op: Op) async {
        await Retry.untilCancelled(logger: self.logger, what: "completing committed ops") {
            var after = self.store.log.acknowledgedThrough ?? .genesis
            while after < op {
                let entries = try await self.store.entries(after: after, bytesMax: Self.pageBytesMax)
                guard let last = entries.last else { return }
                for entry in entries where entry.header.op <= op && !self.store.isAcknowledged(entry.header.op) {
                    let acknowledgement = Message.Acknowledgement(
                        op: entry.header.op,
                        entry: entry.header.hash(SHA256.self)
                    )
                    await self.complete(acknowledgement, blobs: try Self.blobs(of: entry))
                }
                after = last.header.op
            }
        }
    }

    private func persist(_ entries: [LogEntry], inline: [BlobAddress: StoredBlob]) async throws {
        var records: [BlobStore.LogRecord] = []
        var beside: [StoredBlob] = []
        var complete: [Message.Acknowledgement] = []
        var incomplete: [(entry: Message.Acknowledgement, blobs: [BlobAddress])] = []
        for entry in entries {
            let acknowledgement = Message.Acknowledgement(op: entry.header.op, entry: entry.header.hash(SHA256.self))
            records.append(.entry(entry))
            let blobs = try Self.blobs(of: entry)
            let missing = try await self.store.missing(closureOf: blobs)
            let arrived = missing.compactMap { inline[$0] }
            let (ready, waiting) = self.store.decodable(beside + arrived)
            beside = ready
            // A manifest that travels inline may name chunks that do not, and a difference what it is a difference to:
            // those are looked for afterwards.
            if arrived.count == missing.count, waiting.isEmpty, !arrived.contains(where: { $0.kind == .manifest }) {
                records.append(.acknowledgement(op: acknowledgement.op, entry: acknowledgement.entry))
                complete.append(acknowledgement)
            } else {
                incomplete.append((acknowledgement, blobs))
            }
        }
        try await self.store.append(records, stored: beside)
        if let last = entries.last {
            await self.engine.stored(
                through: Message.Acknowledgement(op: last.header.op, entry: last.header.hash(SHA256.self))
            )
        }
        if !complete.isEmpty { await self.engine.durable(complete) }
        for item in incomplete {
            self.jobs.submit { await self.complete(item.entry, blobs: item.blobs) }
        }
    }

    /// Fetches what `entry` still lacks, however long that takes, and acknowledges it.
    private func complete(_ entry: Message.Acknowledgement, blobs: [BlobAddress]) async {
        await Retry.untilCancelled(logger: self.logger, what: "fetching the blobs of op \(entry.op)") {
            let needed = try await self.collector.needed(blobs, of: entry.op)
            try await self.fetcher.fetch(closureOf: needed, preferring: await self.engine.primary)
            try await self.store.append([.acknowledgement(op: entry.op, entry: entry.entry)], stored: [])
        }
        guard !Task.isCancelled else { return }
        await self.engine.durable([entry])
    }

    private static func blobs(of entry: LogEntry) throws -> [BlobAddress] {
        guard entry.header.kind == .changeSet else { return [] }
        return try ChangeSet(decoding: entry.body).blobs
    }
}
