package import TarnCore
internal import TarnSegment

extension BlobStore {
    /// Has another try at a blob whose write was refused; returns once it is durable.
    package typealias Repetition = @Sendable () async throws -> Void

    /// Encodes a blob that is about to be named by a log entry and queues it, so that both share a batch and its
    /// fdatasync; it is written a few milliseconds later when nothing comes. Until then it is not present, but known to
    /// ``queuedWrites(of:)`` and ``readStored(_:bytesMax:isForPeer:)``. A blob above ``Limits/queuedBlobBytesMax`` is
    /// durable on return.
    ///
    /// `ifRefused` is called when the write fails after all: what it was a difference to was not stored, or the disk
    /// failed. Whoever let something name the blob meanwhile has to repeat it.
    package func enqueue(
        _ raw: [UInt8],
        ifRefused: @escaping @Sendable (@escaping Repetition) -> Void
    ) async throws -> QueuedBlob {
        guard raw.count <= Limits.queuedBlobBytesMax else {
            let result = try await self.put([raw])
            return QueuedBlob(address: result.addresses[0], newStoredBytesCount: result.newStoredBytesCount)
        }
        // Asked for now: later it must not fail for want of space any more.
        try self.health.admit(raw.count, mayUseReserve: false)
        let job = IngestJob(blobs: [raw], kind: .blob)
        let features = raw.withUnsafeBytes { SimilarityFeatures.of($0) }
        let bases = self.similarity.bases(for: features, rawBytesCount: raw.count, work: 0).map(\.address)
        let (queued, others) = try await self.withDecoder(.bulk, isShort: self.areInMemory(bases)) { decoder in
            try self.enqueue(job, features, decoder) { ifRefused { try await self.repeat(job) } }
        }
        for ticket in others {
            do { try await ticket.outcome() } catch { try await self.repeat(job) }
        }
        return queued
    }

    /// Blobs of `addresses` that wait to be written. What is appended after them is durable only when they are.
    package func queuedWrites(of addresses: [BlobAddress]) -> [QueuedWrite] { self.queued.writes(addresses) }

    /// Whether no file has to be read for any of `bases`.
    func areInMemory(_ bases: [BlobAddress]) -> Bool {
        self.cache.holds(bases.map { self.index.key.fingerprint(of: $0) })
    }

    /// Encodes and queues. Returns the writes of others that have the blob.
    private func enqueue(
        _ job: IngestJob,
        _ features: [UInt32],
        _ decoder: BlobDecoder,
        ifRefused: @escaping @Sendable () -> Void
    ) throws -> (QueuedBlob, others: [WriteTicket]) {
        let work = self.similarity.begin()
        defer { self.similarity.finish(work) }
        let differences = DeltaEncoder(decoder, self.similarity, work: work, features: features)
        let output = try job.run(decoder, self.inFlight, differences)
        let address = output.addresses[0]
        let claims = output.smallClaims
        guard let blob = try output.small.blob(at: 0) else {
            claims.finish(.success(WriteRequest.Outcome()))
            return (QueuedBlob(address: address, newStoredBytesCount: 0), claims.others)
        }
        self.queued.insert(blob, claims.ticket)
        var request = WriteRequest(runs: [output.small], mayUseReserve: true) { outcome in
            claims.finish(outcome)
            self.queued.remove(address, claims.ticket)
            if case .failure = outcome { ifRefused() }
        }
        request.mayWait = true
        self.small.enqueue(request)
        return (QueuedBlob(address: address, newStoredBytesCount: blob.bytes.count), claims.others)
    }

    /// Stores the blob of `job` by itself.
    private func `repeat`(_ job: IngestJob) async throws {
        _ = try await self.outcome(of: try await self.stage(job, asDifferences: false))
    }
}
