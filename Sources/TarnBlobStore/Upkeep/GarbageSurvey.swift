internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Finds out what may go: judges every blob by the marks, and then every segment by how much of it is dead.
struct GarbageSurvey {
    let context: UpkeepQueue.Context
    let rules: GarbageRules
    let judgement: GarbageJudge
    private let now: UInt32
    private(set) var report = GarbageReport()
    private(set) var graph = DependencyGraph()
    /// Blobs whose grace is over and that nothing which stays is a difference to.
    private(set) var removable = Bitmap()
    private(set) var groups: [CompactionGroup] = []
    /// Blobs of which a segment that stays holds an older copy.
    private var held: Set<UInt64> = []

    /// Judges by marks that were begun at `markedSince`; nil for marks that nobody could make outdated.
    init(context: UpkeepQueue.Context, rules: GarbageRules, markedSince: UInt32?) {
        self.context = context
        self.rules = rules
        self.now = context.index.clock()
        self.judgement = GarbageJudge(
            now: self.now,
            markedSince: markedSince ?? .max,
            staged: rules.stagedSeconds,
            grace: rules.graceSeconds
        )
    }

    /// Judges every blob.
    mutating func judge(_ live: LiveSet, isDryRun: Bool) {
        var keepers = live.blobs
        self.readBases()
        self.keepRecent(&keepers, withChunks: live.hasUnknownChunks)
        self.graph.close(&keepers)
        self.judge(keepers, isDryRun: isDryRun)
        self.graph.retain(&self.removable, gone: Bitmap())
    }

    /// Streams whose present segment holds so much that goes, or is to be encoded again, that it should be ended and
    /// compacted.
    func streamsToRoll() -> [SegmentStream] {
        let small = self.rules.recompressesAll ? self.context.files.placed(of: .small).last(where: \.isActive) : nil
        var bytes: [UInt32: Int] = [:]
        var next: UInt64? = 0
        while let start = next {
            next = self.context.index.visitSlots(from: start) { ordinal, slot, _ in
                guard slot.segment == small?.number || self.removable.contains(ordinal) else { return }
                bytes[slot.segment, default: 0] += slot.bytesCount
            }
        }
        return SegmentStream.allCases.filter { stream in
            self.context.files.placed(of: stream).contains { segment in
                segment.isActive && (bytes[segment.number] ?? 0) >= max(1, self.rules.activeDeadBytesMin)
            }
        }
    }

    /// Judges every segment.
    mutating func plan(_ live: LiveSet) throws {
        for stream in SegmentStream.allCases { try self.plan(stream, live) }
        self.keep(self.held)
        self.groups.sort { $0.goesBefore($1) }
    }

    /// Takes blobs out of what may be removed, and what they are differences to: the next start would find older copies
    /// of them, in segments that stay, and take these for present.
    mutating func keep(_ ordinals: Set<UInt64>) {
        guard !ordinals.isEmpty else { return }
        for ordinal in ordinals { self.removable.remove(ordinal) }
        self.graph.retain(&self.removable, gone: Bitmap())
    }

    /// Chooses the segments with these numbers, and removes nothing but them.
    mutating func planEvacuation(of numbers: Set<UInt32>) throws {
        for stream in SegmentStream.allCases {
            for segment in self.context.files.placed(of: stream)
            where numbers.contains(segment.number) && !segment.isActive {
                guard let usage = try self.usage(of: segment, LiveSet()) else { continue }
                guard usage.suspectCount == 0 else {
                    self.skip(usage)
                    continue
                }
                self.add(group: [usage])
            }
        }
    }

    private mutating func skip(_ usage: Usage) {
        self.report.skipped.append(
            .init(segment: usage.segment.number, reason: "\(usage.suspectCount) damaged blobs wait to be healed")
        )
    }

    private mutating func readBases() {
        var dependents: [(ordinal: UInt64, slot: BlobSlot)] = []
        var next: UInt64? = 0
        while let start = next {
            next = self.context.index.visitSlots(from: start) { ordinal, slot, _ in
                if slot.codec == .zstdDelta || slot.codec == .zstdDictionary { dependents.append((ordinal, slot)) }
            }
        }
        dependents.sort { ($0.slot.segment, $0.slot.offset) < ($1.slot.segment, $1.slot.offset) }
        let decoder = self.context.decoder
        for (ordinal, slot) in dependents {
            // One that cannot be read is damaged: the copy that heals it will not be a difference.
            guard let prefix = try? decoder.prefix(ordinal, slot),
                let bases = try? prefix.withUnsafeBytes({ try Record.blobBases(in: $0) })
            else { continue }
            self.graph.add(ordinal, bases: bases)
        }
    }

    private mutating func keepRecent(_ keepers: inout Bitmap, withChunks: Bool) {
        let judgement = self.judgement
        var next: UInt64? = 0
        while let start = next {
            next = self.context.index.visitSlots(from: start) { ordinal, slot, stamp in
                let isRecent = judgement.isRecent(isCondemned: slot.isCondemned, stamp: stamp)
                guard isRecent || (withChunks && slot.kind == .chunk) else { return }
                if keepers.insert(ordinal) { self.report.recentCount += 1 }
            }
        }
    }

    private mutating func judge(_ keepers: Bitmap, isDryRun: Bool) {
        var report = self.report
        var removable = Bitmap()
        let judgement = self.judgement
        var next: UInt64? = 0
        while let start = next {
            next = self.context.index.judge(
                from: start,
                { ordinal, slot, stamp in
                    report.blobCount += 1
                    let (verdict, isRemovable) = judgement.verdict(
                        isKept: keepers.contains(ordinal),
                        isCondemned: slot.isCondemned,
                        stamp: stamp
                    )
                    guard verdict == .condemn else {
                        report.liveCount += 1
                        return isDryRun ? .leave : verdict
                    }
                    report.condemnedCount += 1
                    report.condemnedBytesCount += UInt64(slot.bytesCount)
                    if isRemovable {
                        removable.insert(ordinal)
                        report.removableCount += 1
                        report.removableBytesCount += UInt64(slot.bytesCount)
                    }
                    return isDryRun ? .leave : .condemn
                },
                now: self.now
            )
        }
        self.report = report
        self.removable = removable
    }

    // MARK: Segments

    /// What one segment consists of.
    private struct Usage {
        let segment: PlacedSegment
        var fileBytesCount = 0
        var keptBytesCount = 0
        var deadBytesCount = 0
        /// Blobs that are kept and cannot be read: until they are healed, their record is all there is of them.
        var suspectCount = 0
        /// Blobs that go and whose present copy lies in another segment.
        var outdated: Set<UInt64> = []
    }

    private mutating func plan(_ stream: SegmentStream, _ live: LiveSet) throws {
        var run: [Usage] = []
        for segment in self.context.files.placed(of: stream) {
            if !segment.isActive, let usage = try self.usage(of: segment, live) {
                if usage.suspectCount == 0 {
                    if self.isWorthIt(usage) || stream == .meta {
                        run.append(usage)
                        continue
                    }
                } else if self.isWorthIt(usage) {
                    self.skip(usage)
                }
                self.held.formUnion(usage.outdated)
            }
            self.add(run, stream)
            run = []
        }
        self.add(run, stream)
    }

    private func isWorthIt(_ usage: Usage) -> Bool {
        let bytesCount = usage.keptBytesCount + usage.deadBytesCount
        // However little it is, what goes must go from here, too, or the next start would find it again.
        if !usage.outdated.isEmpty { return true }
        if self.rules.recompressesAll, usage.segment.stream == .small, !usage.segment.isCompacted { return true }
        return usage.deadBytesCount > 0 && usage.deadBytesCount * 100 >= bytesCount * self.rules.deadPercentMin
    }

    /// What the segment consists of. One that the disk does not give is skipped: it must not keep the others from being
    /// compacted.
    private mutating func usage(of segment: PlacedSegment, _ live: LiveSet) throws -> Usage? {
        do {
            return try self.measure(segment, live)
        } catch let error as StorageError where error.code != .crashed {
            self.report.skipped.append(.init(segment: segment.number, reason: "\(error)"))
            return nil
        }
    }

    private func measure(_ segment: PlacedSegment, _ live: LiveSet) throws -> Usage {
        let filter = CompactionFilter(index: self.context.index, live: live)
        let (index, removable) = (self.context.index, self.removable)
        var usage = Usage(segment: segment)
        usage.fileBytesCount = try self.context.rows(of: segment).visit { row in
            let isKept =
                row.kind.isBlob
                ? filter.isCurrent(row, in: segment.number) && !removable.contains(row.ordinal)
                : filter.isKept(row, in: segment.number)
            guard isKept else {
                usage.deadBytesCount += Int(row.bytesCount)
                if row.kind.isBlob, removable.contains(row.ordinal),
                    index.slot(at: row.ordinal)?.segment != segment.number
                {
                    usage.outdated.insert(row.ordinal)
                }
                return
            }
            usage.keptBytesCount += Int(row.bytesCount)
            if row.kind.isBlob, index.slot(at: row.ordinal)?.isSuspect ?? false { usage.suspectCount += 1 }
        }
        return usage
    }

    /// Makes groups of neighbours that fit one segment together. Tree nodes are not to outlive their checkpoint nor the
    /// other way round, so the meta stream is one group or none.
    private mutating func add(_ run: [Usage], _ stream: SegmentStream) {
        if stream == .meta {
            let dead = run.reduce(0) { $0 + $1.deadBytesCount }
            let all = run.reduce(0) { $0 + $1.keptBytesCount } + dead
            if dead > 0, dead * 100 >= all * self.rules.deadPercentMin { self.add(group: run) }
            return
        }
        let bytesMax = self.context.segmentBytesMax[stream] ?? Limits.segmentBytesMax
        var group: [Usage] = []
        for usage in run {
            let bytesCount = group.reduce(usage.keptBytesCount) { $0 + $1.keptBytesCount }
            if !group.isEmpty, bytesCount > bytesMax || group.count >= Limits.compactedSegmentsMax {
                self.add(group: group)
                group = []
            }
            group.append(usage)
        }
        if !group.isEmpty { self.add(group: group) }
    }

    private mutating func add(group: [Usage]) {
        let made = CompactionGroup(
            segments: group.map(\.segment),
            keptBytesCount: group.reduce(0) { $0 + $1.keptBytesCount },
            fileBytesCount: group.reduce(0) { $0 + $1.fileBytesCount },
            outdated: group.reduce(into: []) { $0.formUnion($1.outdated) }
        )
        self.groups.append(made)
        self.report.segmentCount += made.segments.count
        self.report.bytesToCopy += UInt64(made.keptBytesCount)
        self.report.bytesToFree += UInt64(max(0, made.fileBytesCount - made.keptBytesCount))
    }
}
