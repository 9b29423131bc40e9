internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Turns a group of segments into one that holds only what is kept, or into nothing.
///
/// Every record is proved before it is copied, as it is stored. The order is what makes it safe: the new segment is
/// durable under its name before anything points to it, and everything points to it before an old one is unlinked.
struct SegmentCompactor {
    struct Outcome: Sendable {
        var removed = Bitmap()
        var copiedBytesCount: UInt64 = 0
        var freedBytesCount: UInt64 = 0
    }

    /// A blob that was removed from the table, in case that has to be taken back.
    private struct Removed {
        let row: IndexRow
        let segment: UInt32
    }

    private static let recordsPerRun = 512

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

    mutating func run() throws -> Outcome {
        do {
            try self.chooseCandidates()
            // More than one can only be replaced at one blow by a segment that takes their place.
            if self.group.segments.count > 1 { _ = try self.output() }
            for segment in self.group.segments { try self.copy(segment) { !$0.candidates.contains($1.ordinal) } }
            try self.remove()
            try self.rewriter?.finish()
        } catch {
            self.takeBack()
            throw error
        }
        self.publish()
        try self.unlink()
        self.outcome.removed = self.candidates
        return self.outcome
    }

    /// Narrows the candidates down to this group, and to what nothing that stays needs.
    private mutating func chooseCandidates() throws {
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

    /// Copies what of `segment` is kept and, of the blobs, `isWanted`.
    private mutating func copy(
        _ segment: PlacedSegment,
        where isWanted: (SegmentCompactor, IndexRow) -> Bool
    ) throws {
        var part: [IndexRow] = []
        for row in try self.rows(of: segment) {
            if row.kind.isBlob {
                guard isWanted(self, row), self.filter.isCurrent(row, in: segment.number) else { continue }
            } else if !self.filter.isKept(row, in: segment.number) {
                if case .checkpoint(let op, _, _)? = row.log { self.droppedCheckpoints.insert(op) }
                continue
            }
            part.append(row)
            if part.count == Self.recordsPerRun { try self.write(&part, from: segment.number) }
        }
        try self.write(&part, from: segment.number)
    }

    private mutating func write(_ rows: inout [IndexRow], from segment: UInt32) throws {
        guard !rows.isEmpty else { return }
        let output = try self.output()
        for row in rows {
            let run: RecordRun
            do {
                run = try self.copier.copy(row, from: segment)
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
        rows.removeAll(keepingCapacity: true)
    }

    private mutating func output() throws -> SegmentRewriter {
        if let rewriter { return rewriter }
        let made = try self.context.factory.makeRewriter(self.group.stream, place: self.group.place)
        self.rewriter = made
        return made
    }

    /// Makes absent what goes; copies what was asked for at the last moment.
    private mutating func remove() throws {
        let wanted = self.candidates
        var nodes: [Fingerprint] = []
        for segment in self.group.segments {
            for row in try self.rows(of: segment) where self.filter.isCurrent(row, in: segment.number) {
                if row.kind.isBlob, wanted.contains(row.ordinal) {
                    self.removed.append(Removed(row: row, segment: segment.number))
                } else if row.kind == .node, !self.filter.isKept(row, in: segment.number) {
                    nodes.append(row.fingerprint)
                    self.removed.append(Removed(row: row, segment: segment.number))
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
        for removed in late {
            var rows = [removed.row]
            try self.write(&rows, from: removed.segment)
        }
    }

    /// Leaves everything as it was.
    private func takeBack() {
        self.rewriter?.discard()
        for removed in self.removed {
            self.context.index.restore(removed.row, segment: removed.segment, since: self.judgement.condemnedSince)
        }
    }

    private mutating func publish() {
        for move in self.moves { self.context.index.move(move.row, from: move.from, to: move.to) }
        if !self.droppedCheckpoints.isEmpty { self.context.index.forget(checkpoints: self.droppedCheckpoints) }
        self.context.index.noteStored(
            self.group.stream,
            removed: self.oldRecordBytesCount,
            added: self.outcome.copiedBytesCount
        )
    }

    private mutating func unlink() throws {
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
