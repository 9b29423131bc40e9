internal import Glibc
package import TarnCore

/// Makes a directory of the namespace equal to a folder, or adds the folder to it, at a cost that follows what changed.
package struct Importer: Sendable {
    package struct Options: Sendable {
        /// An absolute path.
        package var source: String
        package var target: NamespacePath
        /// Whether the target loses what the source does not have.
        package var isMirror = false
        package var isDryRun = false
        package var patterns: [String] = []

        package init(source: String, target: NamespacePath) {
            self.source = source
            self.target = target
        }
    }

    private let client: TarnHTTPClient
    private let options: Options
    /// Nil remembers nothing.
    private let stateFolder: StateFolder?
    private let warn: @Sendable (String) -> Void
    private let progress: @Sendable (TransferProgress) -> Void

    package init(
        client: TarnHTTPClient,
        options: Options,
        stateFolder: StateFolder?,
        warn: @escaping @Sendable (String) -> Void = { _ in },
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) {
        self.client = client
        self.options = options
        self.stateFolder = stateFolder
        self.warn = warn
        self.progress = progress
    }

    /// Imports and says what was done. Files that had to be left out are in ``ImportResult/problems``, not thrown.
    ///
    /// A datacentre that is lost takes along what was staged there and no change set named. Then the import begins
    /// again, and finds all that was committed in place.
    package func run() async throws -> ImportResult {
        let clock = ContinuousClock()
        let start = clock.now
        guard self.options.target != .root else {
            throw ClientError(.usage, "cannot import to '/'; name a directory such as /workspace/team")
        }
        var earlier = ImportResult()
        var restarts = 0
        while true {
            do {
                var result = try await self.attempt(&earlier)
                result.count(earlier)
                let elapsed = start.duration(to: clock.now)
                result.seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
                return result
            } catch let error as ClientError {
                guard error.isBlobMissing, restarts < Limits.importRestartsMax else { throw error }
                restarts += 1
                self.warn("what was staged is gone, the import begins again: \(error)")
            }
        }
    }

    /// One attempt; what it committed before it failed is added to `earlier`.
    private func attempt(_ earlier: inout ImportResult) async throws -> ImportResult {
        let patterns = try IgnorePatterns(self.options.patterns)
        let context = ImportContext(
            client: self.client,
            source: self.options.source,
            target: self.options.target,
            trustBeforeNanoseconds: Self.nowNanoseconds() - Self.stampGranularityNanoseconds
        )
        async let scan = SourceScanner.scan(
            self.options.source,
            patterns: patterns,
            targetBytesCount: self.options.target.utf8.count
        )
        let memory = try await self.memory()
        let survey = try await TargetSurvey.make(
            self.client,
            self.options.target,
            state: memory?.state,
            needsAll: self.options.isMirror
        )
        let tree = try await scan
        let plan = try await self.plan(tree, survey, context)
        var result = Self.summary(tree, plan, survey)
        if self.options.isDryRun {
            Self.describe(plan, tree, context, survey, &result)
        } else {
            var driver = ImportDriver(
                context: context,
                tree: tree,
                plan: plan,
                survey: survey,
                memory: memory,
                result: result,
                progress: self.progress
            )
            do {
                result = try await driver.run()
            } catch {
                earlier.count(driver.result)
                throw error
            }
        }
        return result
    }

    /// A file may change without a new stamp for as long as the kernel's clock for stamps stands still; 50 ms is
    /// several ticks of it.
    private static let stampGranularityNanoseconds: Int64 = 50_000_000

    private static func nowNanoseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// The file that remembers, and what it remembers.
    private func memory() async throws -> TransferMemory? {
        guard let stateFolder else { return nil }
        let subject = FolderState.Subject(
            cluster: try await self.client.clusterName(),
            folder: self.options.source,
            path: self.options.target
        )
        let memory = TransferMemory(purpose: "import", subject: subject, in: stateFolder)
        return try await BlockingWork.run { memory.loaded(warn: self.warn) }
    }

    private func plan(_ tree: SourceTree, _ survey: TargetSurvey, _ context: ImportContext) async throws -> ImportPlan {
        let isMirror = self.options.isMirror
        return try await BlockingWork.run {
            try ImportPlanner.plan(
                tree,
                records: survey.records,
                differences: survey.differences,
                isMirror: isMirror,
                areTimesSignificant: context.areTimesSignificant
            )
        }
    }

    private static func summary(_ tree: SourceTree, _ plan: ImportPlan, _ survey: TargetSurvey) -> ImportResult {
        var result = ImportResult()
        result.filesCount = tree.filesCount
        result.bytesCount = tree.bytesCount
        result.unchangedCount = plan.unchangedCount
        result.op = survey.op
        result.root = survey.root
        result.problems = tree.problems
        result.problems.append(plan.problems)
        return result
    }

    /// What would be done, as far as it can be told without reading a file.
    private static func describe(
        _ plan: ImportPlan,
        _ tree: SourceTree,
        _ context: ImportContext,
        _ survey: TargetSurvey,
        _ result: inout ImportResult
    ) {
        result.isDryRun = true
        result.filesReadCount = plan.reads.count
        result.deletedCount = plan.deletionRoots.count + plan.replacements.count
        result.changesCount =
            UInt64(plan.reads.count + plan.directories.count + result.deletedCount) + (survey.exists ? 0 : 1)
        let shown = Limits.dryRunPathsMax
        func add(_ action: ImportResult.Intent.Action, _ path: ArraySlice<UInt8>) {
            if result.intents.count < shown {
                result.intents.append(ImportResult.Intent(action: action, path: context.namespacePath(path)))
            }
        }
        for deletion in plan.replacements { add(.delete, deletion.path[...]) }
        for index in plan.directories { add(.makeDirectory, tree.path(at: index)) }
        for read in plan.reads { add(read.known == nil ? .add : .compare, tree.path(at: read.index)) }
        for deletion in plan.deletionRoots { add(.delete, deletion.path[...]) }
    }
}
