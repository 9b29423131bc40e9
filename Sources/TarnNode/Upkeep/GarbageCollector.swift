internal import Logging
internal import Synchronization
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Marks what this node has to keep and has the store remove the rest, one collection at a time.
actor GarbageCollector {
    private static let checkpointsKept = 2
    private let executor = QueueExecutor(label: "tarn.collector")
    private let genesis: Genesis
    private let store: BlobStore
    private let state: CommittedState
    private let settings: UpkeepSettings
    private let logger: Logger
    private var isRunning = false
    /// Addresses that a floor keeps, for members that fetch what older ops name.
    private var needed: (floor: GarbageFloor, head: Op, addresses: Set<BlobAddress>)?

    private let walking = AsyncMutex()
    nonisolated let floors: FloorLog
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(genesis: Genesis, store: BlobStore, state: CommittedState, settings: UpkeepSettings, logger: Logger) {
        self.genesis = genesis
        self.store = store
        self.state = state
        self.settings = settings
        self.logger = logger
        self.floors = FloorLog(store: store, state: state)
    }

    private var walk: LiveWalk { LiveWalk(genesis: self.genesis, store: self.store, state: self.state) }

    /// Runs a collection. In the background it keeps to its share of the disk; somebody who waits gets all of it.
    func collect(
        _ wish: CollectionWish,
        isBackground: Bool,
        progress: @escaping @Sendable (CollectionProgress) -> Void
    ) async throws -> CollectionSummary {
        guard !self.isRunning else { throw NodeError(.rateLimited, "a collection is running already") }
        self.isRunning = true
        defer { self.isRunning = false }
        progress(CollectionProgress(doneBytesCount: 0, totalBytesCount: 0, freedBytesCount: 0))
        let head = self.state.head.op
        let floor = try await self.floors.current()
        let live = try await self.mark(floor)
        var rules = wish.isImmediate ? GarbageRules.immediate : self.settings.rules
        if let seconds = wish.stagedSeconds { rules.stagedSeconds = seconds }
        rules.recompressesAll = wish.recompresses
        let budget = IOBudget(bytesPerSecond: self.settings.bytesPerSecond)
        let report = try await self.store.collect(
            live,
            rules: rules,
            isDryRun: wish.isDryRun,
            pace: { if isBackground { try await budget.rest(after: $0) } },
            progress: { report in
                progress(
                    CollectionProgress(
                        doneBytesCount: report.copiedBytesCount + report.freedBytesCount,
                        totalBytesCount: report.bytesToCopy + report.bytesToFree,
                        freedBytesCount: report.freedBytesCount
                    )
                )
            }
        )
        let summary = CollectionSummary(report, isDryRun: wish.isDryRun, op: head, floor: floor)
        if !wish.isDryRun {
            self.logger.info(
                "collection done",
                metadata: [
                    "live": "\(report.liveCount)", "condemned": "\(report.condemnedCount)",
                    "removed": "\(report.removedCount)", "freed_bytes": "\(report.freedBytesCount)",
                    "recompressed": "\(report.recompressedCount)", "skipped": "\(report.skipped.count)",
                ]
            )
        }
        return summary
    }

    /// What of the blobs that `op` names has to be here. Up to the floor that is only what some kept state still names:
    /// the rest may be gone everywhere, such as what the floor's own op puts and replaces itself.
    func needed(_ blobs: [BlobAddress], of op: Op) async throws -> [BlobAddress] {
        let floor = try await self.floors.current()
        guard op <= floor.floor else { return blobs }
        // Hundreds of ops may be asked for at once, and one walk answers for all.
        await self.walking.lock()
        defer { self.walking.unlock() }
        let head = self.state.head.op
        if self.needed?.floor != floor {
            var addresses: Set<BlobAddress> = []
            try await self.walk.visit(floor) { addresses.formUnion($0) }
            self.needed = (floor, head, addresses)
        }
        return blobs.filter { self.needed?.addresses.contains($0) ?? true }
    }

    private func mark(_ floor: GarbageFloor) async throws -> LiveSet {
        var live = self.store.beginMarks()
        let store = self.store
        try await self.walk.visit(floor) { addresses in
            try Task.checkCancellation()
            try await store.mark(closureOf: addresses, in: &live)
        }
        try await self.markCheckpoints(floor, in: &live)
        return live
    }

    /// Keeps the newest checkpoints, the nearest to each kept state, and those that cannot be dropped anyway.
    private func markCheckpoints(_ floor: GarbageFloor, in live: inout LiveSet) async throws {
        let all = self.store.checkpoints()
        let removable = self.store.removableCheckpoints
        var kept = Set(all.map(\.op).filter { !removable.contains($0) })
        kept.formUnion(all.suffix(Self.checkpointsKept).map(\.op))
        for op in floor.kept + [floor.floor] {
            if let nearest = all.last(where: { $0.op <= op }) { kept.insert(nearest.op) }
        }
        guard kept.count < all.count else { return }
        var seen: Set<Digest> = []
        var marked = live
        do {
            for checkpoint in all where kept.contains(checkpoint.op) {
                var nodes: [Digest] = []
                var pending = [checkpoint.root]
                while let digest = pending.popLast() {
                    guard seen.insert(digest).inserted else { continue }
                    nodes.append(digest)
                    pending += try NodeImage(decoding: try await self.store.node(digest)).children.map(\.digest)
                }
                self.store.mark(checkpoint: checkpoint.op, nodes: nodes, in: &marked)
            }
        } catch let error as StoreError where error.code == .corrupt || error.code == .notFound {
            // A tree that cannot be read whole says nothing about what it needs: every node stays.
            self.logger.warning("checkpoints are kept: one cannot be read", metadata: ["error": "\(error)"])
            return
        }
        live = marked
    }
}

extension CollectionSummary {
    init(_ report: GarbageReport, isDryRun: Bool, op: Op, floor: GarbageFloor) {
        self.isDryRun = isDryRun
        self.op = op
        self.floor = floor.floor
        self.keptOpCount = floor.kept.count
        self.blobCount = report.blobCount
        self.liveCount = report.liveCount
        self.condemnedCount = report.condemnedCount
        self.condemnedBytesCount = report.condemnedBytesCount
        self.removableCount = report.removableCount
        self.removableBytesCount = report.removableBytesCount
        self.segmentCount = report.segmentCount
        self.bytesToFree = report.bytesToFree
        self.removedCount = report.removedCount
        self.copiedBytesCount = report.copiedBytesCount
        self.freedBytesCount = report.freedBytesCount
        self.bytesBefore = report.bytesBefore
        self.bytesAfter = report.bytesAfter
        self.recompressedCount = report.recompressedCount
        self.skipped = report.skipped.map { "segment \($0.segment): \($0.reason)" }
    }
}
