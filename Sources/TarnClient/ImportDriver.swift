internal import NIOCore
internal import TarnCore

/// Carries out an import plan: reads, stages and commits side by side, keeping each phase's changes behind those of the
/// one before.
///
/// One task runs the loop and owns everything in here; its children only read files and send requests, and hand back
/// what came of it.
struct ImportDriver {
    /// What a child task hands back.
    enum Event: Sendable {
        case staged(BatchContents, TarnHTTPClient.Staged?)
        case uploaded(LargeOutcome)
        case committed(PendingSet, TarnHTTPClient.Receipt)
        case saved
    }

    let context: ImportContext
    var tree: SourceTree
    var plan: ImportPlan
    let survey: TargetSurvey
    let memory: TransferMemory?
    var result: ImportResult
    let progress: @Sendable (TransferProgress) -> Void
    var done = TransferProgress()

    // Reading.
    var dataQueue: ReadQueue
    var deltaQueue: ReadQueue
    /// What the target holds at the files to be read, by index.
    var known: [Int: ImportPlan.Known] = [:]
    /// Of the files of `_delta_log` folders, by index.
    var deltaKeys: [Int: DeltaLogKey] = [:]
    var unfinishedDataCount: Int
    var unfinishedDeltaCount: Int
    var batchesInFlight = 0
    var largeInFlight = 0
    /// Memory of batches that were sent.
    var freeBuffers: [ByteBuffer] = []
    var rereads: [Int: Int] = [:]
    /// Paths that were not imported against the user's will.
    var failedPaths: [[UInt8]]

    // Committing.
    var phase = ImportPhase.replacements
    /// The sets of each phase that wait for their turn.
    var waiting: [[PendingSet]]
    var setsInFlight = 0
    var dataBuilder = ChangeSetBuilder()
    var matcher: MoveMatcher
    var moves: [MoveMatcher.Move] = []
    var deltaAdditions: [(key: DeltaLogKey, addition: MoveMatcher.Addition)] = []
    /// The ops that this import made.
    var ownOps: Set<UInt64> = []

    // Remembering.
    var isDirty = false
    var isSaving = false
    var lastSave = ContinuousClock.now

    init(
        context: ImportContext,
        tree: SourceTree,
        plan: ImportPlan,
        survey: TargetSurvey,
        memory: TransferMemory?,
        result: ImportResult,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) {
        self.context = context
        self.tree = tree
        self.plan = plan
        self.survey = survey
        self.memory = memory
        self.result = result
        self.progress = progress
        var data: [ImportPlan.Read] = []
        var delta: [(key: DeltaLogKey, read: ImportPlan.Read)] = []
        for read in plan.reads {
            if let known = read.known { self.known[read.index] = known }
            if let key = DeltaLogKey(tree.path(at: read.index)) {
                delta.append((key, read))
                self.deltaKeys[read.index] = key
            } else {
                data.append(read)
            }
        }
        delta.sort { $0.key < $1.key }
        self.dataQueue = ReadQueue(data, tree)
        self.deltaQueue = ReadQueue(delta.map(\.read), tree)
        self.unfinishedDataCount = data.count
        self.unfinishedDeltaCount = delta.count
        self.failedPaths = tree.skippedPaths
        self.waiting = ImportPhase.allCases.map { _ in [] }
        self.matcher = MoveMatcher(plan.deletions, isEnabled: context.allowsMoves)
        self.done.filesCount = plan.reads.count
        self.done.bytesCount = plan.reads.reduce(0) { $0 + tree.items[$1.index].stamp.size }
        self.result.filesReadCount = plan.reads.count
    }

    /// Imports what the plan says. Whatever was committed is remembered, even when this throws.
    mutating func run() async throws -> ImportResult {
        self.fill(self.phase)
        do {
            try await withThrowingTaskGroup(of: Event.self) { group in
                self.schedule(&group)
                while let event = try await group.next() {
                    self.on(event)
                    self.schedule(&group)
                    self.progress(self.done)
                }
            }
        } catch {
            if self.isDirty { try? await self.save(isComplete: false) }
            throw error
        }
        assert(self.phase == .deletions && self.setsInFlight == 0 && self.unfinishedDataCount == 0)
        try await self.save(isComplete: true)
        return self.result
    }

    private mutating func on(_ event: Event) {
        switch event {
        case .staged(let contents, let staged): self.onStaged(contents, staged)
        case .uploaded(let outcome): self.onUploaded(outcome)
        case .committed(let set, let receipt): self.onCommitted(set, receipt)
        case .saved: self.isSaving = false
        }
    }

    /// Starts whatever may start now.
    private mutating func schedule(_ group: inout ThrowingTaskGroup<Event, any Error>) {
        self.scheduleReads(&group)
        self.scheduleCommits(&group)
        let isDue = self.lastSave.duration(to: .now) > .seconds(Limits.importSaveSeconds)
        if self.isDirty, !self.isSaving, isDue, let job = self.saveJob(isComplete: false) {
            self.isSaving = true
            self.lastSave = .now
            group.addTask {
                // What is remembered only saves work, so that a full disk must not end the import.
                try? await BlockingWork.run(job)
                return .saved
            }
        }
    }
}
