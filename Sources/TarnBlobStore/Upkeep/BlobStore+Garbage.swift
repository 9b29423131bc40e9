package import TarnCore
internal import TarnSegment

/// Collection: whoever knows the roots marks what they need, and everything else is first condemned and, when its grace
/// is over, removed by compaction. Writers and readers never wait for any of it.
extension BlobStore {
    /// An empty set to mark in. What is stored or asked for from now on stays, for it may be named by what the marks will
    /// not know of, however long they take.
    package func beginMarks() -> LiveSet { LiveSet(markedSince: self.index.clock()) }

    /// Marks `addresses` and the chunks of the manifests among them.
    package func mark(closureOf addresses: [BlobAddress], in live: inout LiveSet) async throws {
        for manifest in self.index.mark(addresses, in: &live.blobs) {
            do {
                _ = self.index.mark(try await self.chunks(of: manifest), in: &live.blobs)
            } catch let error as StoreError where error.code == .corrupt || error.code == .notFound {
                live.hasUnknownChunks = true
            }
        }
    }

    /// Keeps a checkpoint whose tree has these nodes. Without a call of this, all checkpoints are kept.
    package func mark(checkpoint op: Op, nodes: [Digest], in live: inout LiveSet) {
        live.checkpoints = (live.checkpoints ?? []).union([op])
        self.index.mark(nodes: nodes, in: &live.nodes)
    }

    /// Checkpoints that could be dropped now; the others lie in a segment that is still written.
    package var removableCheckpoints: Set<Op> {
        let active = Set(self.files.placed(of: .meta).filter(\.isActive).map(\.number))
        return Set(
            self.index.checkpoints.map(\.op).filter { op in
                self.index.checkpointLocation(at: op).map { !active.contains($0.segment) } ?? false
            }
        )
    }

    /// Condemns what `live` does not hold, and gives the space of what was condemned long enough ago back. A dry run
    /// only tells what would happen. `pace` is called after each step with the bytes it has read and written; the time
    /// it takes is the rest between steps.
    package func collect(
        _ live: LiveSet,
        rules: GarbageRules,
        isDryRun: Bool = false,
        pace: @Sendable (UInt64) async throws -> Void = { _ in },
        progress: @Sendable (GarbageReport) -> Void = { _ in }
    ) async throws -> GarbageReport {
        let judged = try await self.upkeep.run { context in
            var survey = GarbageSurvey(context: context, rules: rules, markedSince: live.markedSince)
            survey.judge(live, isDryRun: isDryRun)
            if !isDryRun { context.memory.save(isDue: true) }
            return survey
        }
        if !isDryRun { for stream in judged.streamsToRoll() { await self.writer(of: stream).roll() } }
        let survey = try await self.upkeep.run { _ in
            var survey = judged
            try survey.plan(live)
            return survey
        }
        guard !isDryRun else {
            progress(survey.report)
            return survey.report
        }
        return try await self.compact(survey, live, pace: pace, progress: progress)
    }

    /// Copies everything out of segments whose writing once failed, and removes them: the disk has shown that it may
    /// not hold what it says. One with blobs that wait to be healed stays until they are.
    package func evacuate() async throws -> GarbageReport {
        try await self.evacuate(self.files.poisoned)
    }

    /// The same for a segment of which the disk does not give everything.
    package func evacuate(segment number: UInt32) async throws -> GarbageReport {
        try await self.evacuate([number])
    }

    private func evacuate(_ numbers: Set<UInt32>) async throws -> GarbageReport {
        let survey = try await self.upkeep.run { context in
            var survey = GarbageSurvey(context: context, rules: GarbageRules(), markedSince: nil)
            try survey.planEvacuation(of: numbers)
            return survey
        }
        return try await self.compact(survey, LiveSet(), pace: { _ in }, progress: { _ in })
    }

    /// Whether there are such segments.
    package var needsEvacuation: Bool { !self.files.poisoned.isEmpty }

    private func compact(
        _ survey: GarbageSurvey,
        _ live: LiveSet,
        pace: @Sendable (UInt64) async throws -> Void,
        progress: @Sendable (GarbageReport) -> Void
    ) async throws -> GarbageReport {
        var survey = survey
        var report = survey.report
        progress(report)
        var gone = Bitmap()
        for group in survey.groups {
            try Task.checkCancellation()
            do {
                let before = (survey, gone)
                let compactor = try await self.upkeep.run { context in
                    SegmentCompactor(group, context: context, survey: before.0, live: live, gone: before.1)
                }
                let started = report
                let outcome = try await self.run(compactor, pace: pace) { copied in
                    var underWay = started
                    underWay.copiedBytesCount += copied
                    progress(underWay)
                }
                for ordinal in outcome.removed.members { gone.insert(ordinal) }
                report.add(outcome, segmentCount: group.segments.count)
                progress(report)
                // It was read back.
                try await pace(outcome.copiedBytesCount)
            } catch let error where !(error is CancellationError) {
                if let error = error as? StoreError, error.code == .closed { throw error }
                survey.keep(group.outdated)
                report.skipped += group.segments.map { .init(segment: $0.number, reason: "\(error)") }
            }
        }
        return report
    }

    /// Runs a compaction step by step; `progress` gets the bytes copied so far.
    private func run(
        _ compactor: SegmentCompactor,
        pace: @Sendable (UInt64) async throws -> Void,
        progress: (UInt64) -> Void
    ) async throws -> SegmentCompactor.Outcome {
        do {
            try await self.upkeep.run { _ in try compactor.begin() }
            var sum: UInt64 = 0
            while let copied = try await self.upkeep.run({ _ in try compactor.copyStep() }) {
                sum += copied
                progress(sum)
                try await pace(2 * copied)
            }
            return try await self.upkeep.run { _ in try compactor.complete() }
        } catch {
            // Where the store is closed, the next start removes what was written.
            try? await self.upkeep.run { _ in compactor.abandon() }
            throw error
        }
    }

    private func writer(of stream: SegmentStream) -> StreamWriter {
        switch stream {
        case .small: self.small
        case .bulk: self.bulk
        case .meta: self.meta
        }
    }

    /// Chunks of a file, and of its manifest when that is chunked itself.
    private func chunks(of manifest: BlobAddress) async throws -> [BlobAddress] {
        let upper = try Manifest(decoding: try await self.read(manifest))
        guard upper.level == 1 else { return upper.chunks }
        return upper.chunks + (try await self.manifest(manifest).chunks)
    }
}
