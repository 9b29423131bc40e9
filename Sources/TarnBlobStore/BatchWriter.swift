internal import Logging
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Turns requests into durable batches of one stream. Used by one thread at a time.
///
/// A failed write or fdatasync is never repeated on the same file: the batch goes to a fresh segment once, and when
/// that fails too, the store takes no more writes.
final class BatchWriter {
    let stream: SegmentStream
    private let index: StoreIndex
    private let factory: SegmentFactory
    private let health: StoreHealth
    private let auditor: SegmentAuditor
    private let segmentBytesMax: Int
    private let logger: Logger
    private var segment: SegmentAppender?
    private var batch = BatchBuilder()
    /// Blobs of the batch with their ordinals, so that it holds none twice and differences find their bases.
    private var inBatch: [Fingerprint: UInt64] = [:]
    /// Durable blobs that the request at hand has differences to.
    private var durableBases: [Fingerprint: UInt64] = [:]
    /// Ordinals that this stream may give to blobs; the batch takes them from the start.
    private var ordinals: Range<UInt64> = 0..<0
    private var isClosed = false

    /// Taken at a time, a page of the table.
    private static let ordinalsPerBlock: UInt64 = 4_096

    init(
        stream: SegmentStream,
        segment: SegmentAppender?,
        segmentBytesMax: Int,
        index: StoreIndex,
        factory: SegmentFactory,
        health: StoreHealth,
        auditor: SegmentAuditor,
        logger: Logger
    ) {
        self.stream = stream
        self.segment = segment
        self.segmentBytesMax = segmentBytesMax
        self.index = index
        self.factory = factory
        self.health = health
        self.auditor = auditor
        self.logger = logger
    }

    var isTrimmed: Bool { self.segment?.isTrimmed ?? true }

    /// A request whose records are all in the batch, or before it.
    private struct Finished {
        let request: WriteRequest
        let outcome: WriteRequest.Outcome
    }

    /// Makes the requests durable, in order, and answers them.
    func commit(_ requests: [WriteRequest]) {
        self.begin()
        var finished: [Finished] = []
        var failure: StoreError?
        for request in requests {
            do throws(StoreError) {
                if let failure { throw failure }
                if self.isClosed { throw StoreError(.closed, "the store is closed") }
                if request.after.contains(where: \.isFailed) {
                    throw StoreError(.notFound, "what had to be durable first was not stored")
                }
                try self.health.admit(request.bytesCount, mayUseReserve: request.mayUseReserve)
                try self.checkBases(of: request)
            } catch {
                request.complete(.failure(error))
                continue
            }
            var outcome = WriteRequest.Outcome()
            do throws(StoreError) {
                for run in request.runs { try self.add(run, &outcome, &finished) }
                finished.append(Finished(request: request, outcome: outcome))
            } catch {
                failure = error
                for earlier in finished { earlier.request.complete(.failure(error)) }
                finished = []
                request.complete(.failure(error))
                self.begin()
            }
        }
        do throws(StoreError) {
            try self.flush(&finished)
        } catch {
            for earlier in finished { earlier.request.complete(.failure(error)) }
        }
    }

    /// See ``SegmentAppender/trim(sequence:)``. A failure poisons the segment; what it holds was durable before. A full
    /// disk does not: the segment waits for a later attempt.
    func trim() {
        do throws(StorageError) {
            try self.segment?.trim(sequence: self.factory.nextSequence())
        } catch  where error.code == .noSpace {
            self.discardTail()
        } catch {
            self.abandon(error)
        }
    }

    /// Ends the segment, so that it can be compacted; the next batch begins another one.
    func roll() {
        guard let segment, !segment.isEmpty, !self.isClosed else { return }
        self.segment = nil
        self.seal(segment)
    }

    func close() {
        self.trim()
        self.segment = nil
        self.isClosed = true
    }

    private func begin() {
        self.batch.begin()
        self.inBatch.removeAll(keepingCapacity: true)
    }

    /// Throws `missingBase` when a difference of `request` is to a blob that is neither durable nor queued before it.
    private func checkBases(of request: WriteRequest) throws(StoreError) {
        self.durableBases.removeAll(keepingCapacity: true)
        guard request.runs.contains(where: { !$0.bases.isEmpty }) else { return }
        var before: Set<Fingerprint> = []
        var elsewhere: [(base: BlobAddress, fingerprint: Fingerprint, blob: BlobAddress)] = []
        for run in request.runs {
            for (position, row) in run.rows.enumerated() where row.kind.isBlob {
                for base in run.bases[position] ?? [] {
                    let fingerprint = self.index.key.fingerprint(of: base)
                    guard !before.contains(fingerprint), self.inBatch[fingerprint] == nil else { continue }
                    elsewhere.append((base, fingerprint, run.digests[position]))
                }
                before.insert(row.fingerprint)
            }
        }
        for (needed, ordinal) in zip(elsewhere, self.index.ordinals(ofPresent: elsewhere.map(\.fingerprint))) {
            guard let ordinal else { throw .missingBase(needed.base, of: needed.blob) }
            self.durableBases[needed.fingerprint] = ordinal
        }
    }

    /// The ordinal of a blob that is durable or in the batch.
    private func ordinal(of fingerprint: Fingerprint) -> UInt64? {
        self.inBatch[fingerprint] ?? self.durableBases[fingerprint]
            ?? self.index.ordinals(ofPresent: [fingerprint])[0]
    }

    private func add(
        _ run: RecordRun,
        _ outcome: inout WriteRequest.Outcome,
        _ finished: inout [Finished]
    ) throws(StoreError) {
        let isNew = self.index.isNew(run.rows)
        for (position, row) in run.rows.enumerated() where isNew[position] {
            if row.kind.isBlob, self.inBatch[row.fingerprint] != nil { continue }
            let bytesCount = Int(row.bytesCount) + BatchBuilder.differenceBytesMax
            if self.batch.bodyBytesCount >= self.stream.batchTargetBytes || !self.batch.hasRoom(for: bytesCount) {
                try self.flush(&finished)
            }
            let takesOrdinal = row.kind.isBlob && row.ordinal == IndexRow.noOrdinal
            if takesOrdinal { try self.reserveOrdinal(&finished) }
            if let bases = run.bases[position] {
                try self.append(run, position, bases)
            } else {
                self.batch.append(run, at: position)
            }
            guard row.kind.isBlob else { continue }
            self.inBatch[row.fingerprint] =
                takesOrdinal ? self.ordinals.lowerBound + self.batch.ordinalCount - 1 : row.ordinal
            outcome.newCount += 1
            outcome.newBytesCount += Int(self.batch.rows.last?.bytesCount ?? 0)
        }
    }

    private func append(_ run: RecordRun, _ position: Int, _ bases: [BlobAddress]) throws(StoreError) {
        var ordinals: [UInt64] = []
        for base in bases {
            guard let ordinal = self.ordinal(of: self.index.key.fingerprint(of: base)) else {
                throw .missingBase(base, of: run.digests[position])
            }
            ordinals.append(ordinal)
        }
        self.batch.append(run, at: position, bases: ordinals, Checksums.self)
    }

    /// Makes sure that the batch can take one more ordinal: those of a batch follow each other.
    private func reserveOrdinal(_ finished: inout [Finished]) throws(StoreError) {
        guard self.batch.ordinalCount == self.ordinals.count else { return }
        try self.flush(&finished)
        let first = self.factory.takeOrdinals(Self.ordinalsPerBlock)
        guard first + Self.ordinalsPerBlock <= Limits.blobsPerStoreMax else {
            throw StoreError(.readOnly, "the store has given away all of its \(Limits.blobsPerStoreMax) ordinals")
        }
        self.ordinals = first..<first + Self.ordinalsPerBlock
    }

    /// Makes the batch durable and visible, and answers the requests that end in it.
    private func flush(_ finished: inout [Finished]) throws(StoreError) {
        if !self.batch.isEmpty {
            self.batch.assignOrdinals(from: self.ordinals.lowerBound)
            // Never given again, even when writing fails: nobody knows what reaches the disk.
            self.ordinals = self.ordinals.dropFirst(Int(self.batch.ordinalCount))
            let (segment, start) = try self.makeDurable()
            self.index.publish(self.batch.rows, segment: segment, stream: self.stream, base: UInt32(start), isNew: true)
        }
        for item in finished { item.request.complete(.success(item.outcome)) }
        finished = []
        self.begin()
    }

    /// Returns where the batch lies.
    private func makeDurable() throws(StoreError) -> (segment: UInt32, start: Int) {
        do throws(StorageError) {
            return try self.write()
        } catch  where error.code == .noSpace {
            throw self.full(error)
        } catch {
            self.abandon(error)
        }
        do throws(StorageError) {
            return try self.write()
        } catch  where error.code == .noSpace {
            throw self.full(error)
        } catch {
            let reason = "the disk failed twice in a row: \(error)"
            self.health.fail(reason)
            self.segment = nil
            self.logger.error("store is read-only", metadata: ["reason": "\(reason)"])
            throw StoreError(.readOnly, reason)
        }
    }

    private func write() throws(StorageError) -> (segment: UInt32, start: Int) {
        let segment = try self.segmentWithRoom()
        let start = segment.end
        try segment.append(&self.batch, sequence: self.factory.nextSequence())
        self.health.note(syncNanoseconds: segment.lastSyncNanoseconds)
        return (segment.number, start)
    }

    private func segmentWithRoom() throws(StorageError) -> SegmentAppender {
        if let segment {
            guard segment.end + self.batch.sealedBytesCount > self.segmentBytesMax, !segment.isEmpty else {
                return segment
            }
            self.segment = nil
            self.seal(segment)
        }
        let made = try self.factory.makeSegment(self.stream)
        self.segment = made
        return made
    }

    private func seal(_ segment: SegmentAppender) {
        do throws(StorageError) {
            try segment.seal(sequence: self.factory.nextSequence())
        } catch {
            // A segment without footer is read by a scan when the store is opened. What a full disk took of one, or of
            // the batch before it, is no damage.
            if error.code == .noSpace { try? segment.discardTail() }
            self.logger.warning(
                "segment not sealed",
                metadata: ["segment": "\(segment.number)", "error": "\(error)"]
            )
        }
    }

    /// Cuts off what a write that found no space left behind.
    private func discardTail() {
        do throws(StorageError) {
            try self.segment?.discardTail()
        } catch {
            self.abandon(error)
        }
    }

    private func full(_ error: StorageError) -> StoreError {
        self.discardTail()
        return StoreError(.noSpace, "no space left: \(error)")
    }

    /// Never writes to the segment again. What it holds was durable before, or so the kernel said: the auditor asks the
    /// disk itself.
    private func abandon(_ error: StorageError) {
        guard let segment else { return }
        self.segment = nil
        self.logger.error(
            "segment poisoned by a failed write",
            metadata: ["segment": "\(segment.number)", "error": "\(error)"]
        )
        self.auditor.audit(segment.number, self.stream, end: segment.end)
    }
}
