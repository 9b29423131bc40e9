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
    private let queue: PersistQueue
    private let store: BlobStore
    private let engine: ReplicaEngine
    private let fetcher: BlobFetcher
    /// Entries that lack blobs for which somebody waits, and those by which this member catches up: those that commit
    /// now must not wait for thousands of the others.
    private let awaited: CompletionQueue
    private let overdue: CompletionQueue
    /// Entries that lacked blobs when this node started.
    private let found: CompletionQueue
    private let collector: GarbageCollector
    private let arrears: Arrears
    private let logger: Logger

    init(
        queue: PersistQueue,
        store: BlobStore,
        engine: ReplicaEngine,
        fetcher: BlobFetcher,
        jobs: JobRunner,
        collector: GarbageCollector,
        arrears: Arrears,
        logger: Logger
    ) {
        self.queue = queue
        self.store = store
        self.engine = engine
        self.fetcher = fetcher
        self.awaited = CompletionQueue(jobs: jobs, logger: logger)
        self.overdue = CompletionQueue(jobs: jobs, logger: logger)
        self.found = CompletionQueue(jobs: jobs, logger: logger, workersMax: 1)
        self.collector = collector
        self.arrears = arrears
        self.logger = logger
    }

    /// Runs until the queue is finished or the task cancelled.
    func run() async {
        for await _ in self.queue.arrivals {
            let items = self.queue.take()
            guard !items.isEmpty else { continue }
            if items.reduce(0, { $0 + $1.bytesCount }) > QueueExecutor.shortBytesMax {
                await withTaskExecutorPreference(globalConcurrentExecutor) { await self.persistAll(items) }
            } else {
                await self.persistAll(items)
            }
        }
    }

    private func persistAll(_ items: [PersistQueue.Item]) async {
        await Retry.untilCancelled(logger: self.logger, what: "storing log entries") {
            try await self.persist(items)
        }
    }

    /// Has the blobs fetched that committed ops name and this node did not get before it stopped, or whose
    /// acknowledgement it lost: up to `op`, one op after the other. Entries that are missing themselves come back with
    /// theirs.
    func completeCommitted(through op: Op) async {
        var queued = Op.genesis
        await Retry.untilCancelled(logger: self.logger, what: "completing committed ops") {
            try await UnacknowledgedEntries(store: self.store).forEachPage(through: op) { incomplete in
                for entry in incomplete where entry.header.op > queued {
                    let hash = entry.header.hash(SHA256.self)
                    self.arrears.note(entry, missing: try await self.store.missing(of: entry))
                    // What nobody holds must not keep those behind it from their turn.
                    self.found.append(Message.Acknowledgement(op: entry.header.op, entry: hash)) {
                        try await self.complete($0, for: .repair)
                    }
                    queued = entry.header.op
                }
            }
        }
    }

    /// What one append made durable, in the order in which the replica is told.
    private enum Outcome {
        case stored(Message.Acknowledgement)
        case durable([Message.Acknowledgement])
        case installed(View)
    }

    /// The records of one append, and what is to be said and done once they are durable.
    private struct Batch {
        var records: [BlobStore.LogRecord] = []
        /// Blobs that are stored with them, all of which can be decoded, and their addresses.
        var beside: [StoredBlob] = []
        var besideAddresses: Set<BlobAddress> = []
        /// Blobs whose writes were queued before this one.
        var queued: [QueuedWrite] = []
        /// What the entries name, which nobody waits for any more once they are stored.
        var named: [BlobAddress] = []
        var outcomes: [Outcome] = []
        var incomplete: [Message.Acknowledgement] = []
    }

    private func persist(_ items: [PersistQueue.Item]) async throws {
        var batch = Batch()
        for item in items {
            switch item {
            case .entry(let entry):
                let (acknowledgement, isComplete) = try await self.add(entry, to: &batch)
                batch.outcomes.append(.stored(acknowledgement))
                if isComplete { batch.outcomes.append(.durable([acknowledgement])) }
            case .log(let view, let entries, let head):
                var complete: [Message.Acknowledgement] = []
                for entry in entries {
                    let (acknowledgement, isComplete) = try await self.add(entry, to: &batch)
                    if isComplete { complete.append(acknowledgement) }
                }
                batch.records.append(.head(logView: view, op: head.op, entry: head.entry))
                batch.outcomes += [.installed(view), .durable(complete)]
            case .end(let logView, let at):
                batch.records.append(.head(logView: logView, op: at.op, entry: at.entry))
            }
        }
        try await self.store.append(batch.records, stored: batch.beside, after: batch.queued)
        self.queue.inline.remove(batch.named)
        for outcome in Self.merged(batch.outcomes) {
            switch outcome {
            case .stored(let through): await self.engine.stored(through: through)
            case .durable(let entries): if !entries.isEmpty { await self.engine.durable(entries) }
            case .installed(let view): await self.engine.installed(view)
            }
        }
        for entry in batch.incomplete { await self.completeLater(entry) }
    }

    /// Has `entry` completed when its turn comes. What somebody waits for when it arrives is urgent from then on.
    private func completeLater(_ entry: Message.Acknowledgement) async {
        guard await self.transfer(for: entry.op) != .urgent else {
            return self.awaited.append(entry) { try await self.complete($0, for: .urgent) }
        }
        self.overdue.append(entry) { entry in
            // Somebody may wait for it by now: nothing was known yet when it was found at the start.
            try await self.complete(entry, for: await self.transfer(for: entry.op))
        }
    }

    private func transfer(for op: Op) async -> TransferClass {
        await self.engine.transfer(for: op, holding: self.store.log.acknowledgedThrough ?? .genesis)
    }

    /// Adds the records of one entry: with its acknowledgement when all its blobs are here or beside it.
    private func add(
        _ entry: LogEntry,
        to batch: inout Batch
    ) async throws -> (acknowledgement: Message.Acknowledgement, isComplete: Bool) {
        let acknowledgement = Message.Acknowledgement(op: entry.header.op, entry: entry.header.hash(SHA256.self))
        batch.records.append(.entry(entry))
        let blobs = try entry.blobs()
        // Asked for first: what is written meanwhile is missing no more.
        let queued = self.store.queuedWrites(of: blobs)
        let present = Set(queued.map(\.address))
        let manifests = try entry.manifests()
        let missing = try await self.store.missing(closureOf: blobs, manifests: manifests).filter {
            !present.contains($0)
        }
        batch.queued += queued
        let arrived = self.queue.inline.blobs(missing)
        batch.named += blobs
        let (ready, waiting) = self.store.decodable(arrived, beside: batch.besideAddresses)
        batch.beside += ready
        batch.besideAddresses.formUnion(ready.map(\.address))
        // A manifest that travels inline may name chunks that do not, and a difference what it is a difference to:
        // those are looked for afterwards.
        guard arrived.count == missing.count, waiting.isEmpty, !arrived.contains(where: { $0.kind == .manifest }),
            self.store.holdsManifests(manifests)
        else {
            self.arrears.note(entry, missing: missing)
            batch.incomplete.append(acknowledgement)
            return (acknowledgement, false)
        }
        batch.records.append(.acknowledgement(op: acknowledgement.op, entry: acknowledgement.entry))
        return (acknowledgement, true)
    }

    /// The same outcomes in fewer calls: of entries in a row only the last is named as stored, unless it is durable,
    /// which says so too, and what is durable of them is told at once.
    private static func merged(_ outcomes: [Outcome]) -> [Outcome] {
        var out: [Outcome] = []
        var stored: Message.Acknowledgement?
        var durable: [Message.Acknowledgement] = []
        func flush() {
            if let last = stored, last != durable.last { out.append(.stored(last)) }
            if !durable.isEmpty { out.append(.durable(durable)) }
            stored = nil
            durable = []
        }
        for outcome in outcomes {
            switch outcome {
            case .stored(let through): stored = through
            case .durable(let entries): durable += entries
            case .installed(let view):
                flush()
                out.append(.installed(view))
            }
        }
        flush()
        return out
    }

    /// Fetches what `entry` still lacks and acknowledges it; gives up when a view change dropped the entry.
    private func complete(_ entry: Message.Acknowledgement, for transfer: TransferClass) async throws {
        // Read anew: of thousands that wait for their turn, only op and hash are kept.
        guard !self.store.supersededEntries(at: entry.op).contains(entry.entry),
            let logged = try await self.store.entry(at: entry.op, hash: entry.entry)
        else { return self.arrears.settle(entry) }
        // What no kept state needs may be gone everywhere.
        let needed = try await self.collector.needed(logged.blobs(), of: entry.op)
        try await self.fetcher.fetch(
            closureOf: needed,
            manifests: logged.manifests(),
            preferring: self.engine.primary,
            for: transfer
        )
        try await self.store.append([.acknowledgement(op: entry.op, entry: entry.entry)], stored: [])
        self.arrears.settle(entry)
        await self.engine.durable([entry])
    }
}
