internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Turns a group of segments into one that holds only what is kept, or into nothing.
///
/// Every record is proved before it is copied, as it is stored or in a smaller form. The order is what makes it safe:
/// the new segment is durable under its name before anything points to it, and everything points to it before an old
/// one is unlinked.
///
/// It goes in steps, between which others use the queue, the store may close, and whoever paces it rests: ``begin()``,
/// ``copyStep()`` until nothing is left to copy, ``complete()``. One that fails leaves every record that is kept where it
/// was; whoever does not complete one says so by ``abandon()``. Touched on the upkeep queue only.
final class SegmentCompactor: @unchecked Sendable {
    struct Outcome: Sendable {
        var removed = Bitmap()
        var copiedBytesCount: UInt64 = 0
        var freedBytesCount: UInt64 = 0
        /// Bytes of the files that it took over.
        var oldBytesCount: UInt64 = 0
        var recompressedCount = 0
    }

    /// A blob that was removed from the table, in case that has to be taken back.
    private struct Removed {
        let row: IndexRow
        let segment: PlacedSegment
    }

    private let context: UpkeepQueue.Context
    private let group: CompactionGroup
    private let filter: CompactionFilter
    private let copier: RecordCopier
    private let graph: DependencyGraph
    private let gone: Bitmap
    private let judgement: GarbageJudge
    /// Blobs of the group that go.
    private var candidates = Bitmap()
    private var removed: [Removed] = []
    private var rewriter: SegmentRewriter?
    private var moves: [(row: IndexRow, from: UInt32, to: LogLocation)] = []
    private var droppedCheckpoints: Set<Op> = []
    private var outcome = Outcome()
    private var oldRecordBytesCount: UInt64 = 0
    /// The segment that is being copied, by its place in the group, with its records and the next of them.
    private var current = 0
    private var rows: [IndexRow] = []
    private var next = 0
    private var isClaimed = false

    /// `gone` are blobs that earlier groups of the same collection have removed.
    init(
        _ group: CompactionGroup,
        context: UpkeepQueue.Context,
        survey: GarbageSurvey,
        live: LiveSet,
        gone: Bitmap
    ) {
        self.group = group
        self.context = context
        self.filter = CompactionFilter(index: context.index, live: live)
        self.copier = RecordCopier(context: context)
        self.graph = survey.graph
        self.gone = gone
        self.judgement = survey.judgement
        self.candidates = survey.removable
    }

    /// Finds out what goes.
    func begin() throws {
        do {
            try self.claim()
            try self.chooseCandidates()
            // More than one can only be replaced at one blow by a segment that takes their place.
            if self.group.segments.count > 1 { _ = try self.output() }
            self.rows = try self.rows(of: self.group.segments[0])
        } catch {
            self.takeBack()
            throw error
        }
    }

    /// Copies some of what stays, and returns its bytes; nil when all of it has been copied.
    func copyStep() throws -> UInt64? {
        guard self.current < self.group.segments.count else { return nil }
        let before = self.outcome.copiedBytesCount
        do {
            let segment = self.group.segments[self.current]
            try self.write(self.nextPart(of: segment), from: segment)
            if self.next == self.rows.count {
                self.current += 1
                self.next = 0
                self.rows = []
                if self.current < self.group.segments.count {
                    self.rows = try self.rows(of: self.group.segments[self.current])
                }
            }
        } catch {
            self.takeBack()
            throw error
        }
        return self.outcome.copiedBytesCount - before
    }

    /// Removes what goes and has the new segment take the place of the old ones.
    func complete() throws -> Outcome {
        do {
            try self.remove()
            try self.rewriter?.finish()
        } catch {
            self.takeBack()
            throw error
        }
        defer { self.release() }
        self.publish()
        try self.unlink()
        self.outcome.removed = self.candidates
        self.outcome.oldBytesCount = UInt64(self.group.fileBytesCount)
        self.outcome.recompressedCount = self.copier.recompressedCount
        return self.outcome
    }

    /// Ends one that is not to be completed; nothing when it has ended.
    func abandon() {
        if self.isClaimed { self.takeBack() }
    }

    /// Two compactions of one segment would each believe that their copy is the one that counts.
    private func claim() throws {
        let numbers = self.group.segments.map(\.number)
        guard self.context.memory.segmentsInCompaction.isDisjoint(with: numbers) else {
            throw StoreError(.overloaded, "it is being compacted already")
        }
        self.context.memory.segmentsInCompaction.formUnion(numbers)
        self.isClaimed = true
    }

    private func release() {
        guard self.isClaimed else { return }
        self.context.memory.segmentsInCompaction.subtract(self.group.segments.map(\.number))
        self.isClaimed = false
    }

    /// Narrows the candidates down to this group, and to what nothing that stays needs.
    private func chooseCandidates() throws {
        var here = Bitmap()
        for segment in self.group.segments {
            for row in try self.rows(of: segment) {
                self.oldRecordBytesCount += UInt64(row.bytesCount)
                guard row.kind.isBlob, self.candidates.contains(row.ordinal),
                    self.filter.isCurrent(row, in: segment.number)
                else { continue }
                here.insert(row.ordinal)
            }
        }
        self.graph.retain(&here, gone: self.gone)
        self.candidates = here
    }

    private func rows(of segment: PlacedSegment) throws -> [IndexRow] {
        var rows: [IndexRow] = []
        _ = try self.context.rows(of: segment).visit { rows.append($0) }
        return rows
    }

    /// The next records of `segment` that stay: as many as one step copies.
    private func nextPart(of segment: PlacedSegment) -> [IndexRow] {
        var part: [IndexRow] = []
        var bytesCount = 0
        while self.next < self.rows.count, part.count < Limits.compactionStepRecordsMax,
            bytesCount < Limits.compactionStepBytesMax
        {
            let row = self.rows[self.next]
            self.next += 1
            if row.kind.isBlob {
                guard !self.candidates.contains(row.ordinal), self.filter.isCurrent(row, in: segment.number) else {
                    continue
                }
            } else if !self.filter.isKept(row, in: segment.number) {
                if case .checkpoint(let op, _, _)? = row.log { self.droppedCheckpoints.insert(op) }
                continue
            }
            part.append(row)
            bytesCount += Int(row.bytesCount)
        }
        return part
    }

    private func write(_ rows: [IndexRow], from placed: PlacedSegment) throws {
        guard !rows.isEmpty else { return }
        let output = try self.output()
        let segment = placed.number
        // What a compaction wrote was encoded again then, and would come out the same.
        let isRecompressed = placed.stream == .small && !placed.isCompacted
        for row in rows {
            let run: RecordRun
            do {
                run = try self.copier.copy(row, from: segment, isRecompressed: isRecompressed)
            } catch let error as StoreError {
                // A damaged entry that was written again is worth nothing.
                guard error.code == .corrupt, self.context.index.isSuperseded(row, in: segment) else { throw error }
                continue
            }
            let offset = try output.append(run, at: 0)
            let location = LogLocation(
                segment: output.header.number,
                offset: offset,
                bytesCount: run.rows[0].bytesCount
            )
            self.moves.append((row, segment, location))
            self.outcome.copiedBytesCount += UInt64(location.bytesCount)
        }
    }

    private func output() throws -> SegmentRewriter {
        if let rewriter { return rewriter }
        let made = try self.context.factory.makeRewriter(self.group.stream, place: self.group.place)
        self.rewriter = made
        return made
    }

    /// Makes absent what goes; copies what was asked for at the last moment.
    private func remove() throws {
        let wanted = self.candidates
        var nodes: [Fingerprint] = []
        for segment in self.group.segments {
            for row in try self.rows(of: segment) where self.filter.isCurrent(row, in: segment.number) {
                if row.kind.isBlob, wanted.contains(row.ordinal) {
                    self.removed.append(Removed(row: row, segment: segment))
                } else if row.kind == .node, !self.filter.isKept(row, in: segment.number) {
                    nodes.append(row.fingerprint)
                    self.removed.append(Removed(row: row, segment: segment))
                }
            }
        }
        self.context.index.remove(
            &self.candidates,
            allowedBy: self.judgement,
            graph: self.graph,
            gone: self.gone
        )
        let keptNodes = self.context.index.remove(nodes: nodes, unusedSince: self.judgement.recentSince)
        let candidates = self.candidates
        guard candidates.count < wanted.count || !keptNodes.isEmpty else { return }
        let late = self.removed.filter { removed in
            removed.row.kind.isBlob
                ? !candidates.contains(removed.row.ordinal) : keptNodes.contains(removed.row.fingerprint)
        }
        for removed in late { try self.write([removed.row], from: removed.segment) }
    }

    /// Leaves everything as it was; unless the new segment has its name, and nobody knows whether that is durable. Then
    /// the next start finds either it or the old ones: what goes stays absent, for it may be gone, and the old ones are
    /// not compacted again before, for a second new segment might contradict the first.
    private func takeBack() {
        if let rewriter, rewriter.isNamed { return }
        self.release()
        self.rewriter?.discard()
        for removed in self.removed {
            let segment = removed.segment.number
            self.context.index.restore(removed.row, segment: segment, since: self.judgement.condemnedSince)
        }
    }

    private func publish() {
        for move in self.moves { self.context.index.move(move.row, from: move.from, to: move.to) }
        if !self.droppedCheckpoints.isEmpty { self.context.index.forget(checkpoints: self.droppedCheckpoints) }
        self.context.index.noteStored(
            self.group.stream,
            removed: self.oldRecordBytesCount,
            added: self.outcome.copiedBytesCount
        )
    }

    private func unlink() throws {
        let files = self.context.files
        var freed = self.group.fileBytesCount
        for segment in self.group.segments.reversed() {
            files.unregister(segment.number)
            do throws(StorageError) {
                try files.storage.remove(files.path(segment.number, segment.stream))
            } catch {
                // What has a successor is void whether it is there or not; what has none is whole.
                guard self.rewriter == nil else { continue }
                files.register(segment.number, segment.stream, place: segment.place)
                self.takeBack()
                throw error
            }
        }
        try files.storage.synchronizeDirectory(files.directory(of: self.group.stream))
        if let rewriter { freed -= rewriter.fileBytesCount }
        self.outcome.freedBytesCount = UInt64(max(0, freed))
    }
}
