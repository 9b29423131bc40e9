package import TarnCore
internal import TarnSegment

extension BlobStore {
    /// Which of `addresses` are present: durable here and not known to be damaged. Answers from memory.
    package func contains(_ addresses: [BlobAddress]) -> [Bool] {
        self.index.presence(of: addresses).map {
            if case .present = $0 { true } else { false }
        }
    }

    /// Stores blobs of at most ``Limits/blobBytesMax`` each; those that are there already cost a hash. Returns once all
    /// are durable.
    package func put(_ raw: [[UInt8]]) async throws -> PutResult {
        try await self.put(raw, kind: nil)
    }

    /// The same for blobs of one kind, which decides the stream they go to. Without it, a blob of exactly
    /// ``Limits/chunkBytes`` counts as a chunk.
    package func put(_ raw: [[UInt8]], kind: StoredBlob.Kind?) async throws -> PutResult {
        for blob in raw where blob.count > Limits.blobBytesMax {
            throw StoreError(
                .invalid,
                "a blob of \(blob.count) bytes; larger than \(Limits.blobBytesMax) goes in chunks"
            )
        }
        try self.health.admit(0, mayUseReserve: false)
        let jobs = IngestJob.split(raw, kind: kind)
        self.small.approach()
        let staged: [StagedJob]
        do {
            defer { self.small.depart() }
            staged = try await self.stage(jobs)
        }
        var newCount = 0
        var newBytesCount = 0
        for job in staged {
            let outcome = try await self.outcome(of: job)
            newCount += outcome.newCount
            newBytesCount += outcome.newBytesCount
        }
        return PutResult(
            addresses: staged.flatMap(\.addresses),
            newCount: newCount,
            newStoredBytesCount: newBytesCount
        )
    }

    /// A job whose records are queued.
    struct StagedJob: Sendable {
        let job: IngestJob
        let addresses: [BlobAddress]
        let own: [WriteTicket]
        /// Writes of others that store blobs of this job.
        let others: [WriteTicket]
    }

    /// Stages all jobs side by side; a single one, the usual case of a small file, without a task of its own.
    private func stage(_ jobs: [IngestJob]) async throws -> [StagedJob] {
        if jobs.count == 1 { return [try await self.stage(jobs[0], asDifferences: true)] }
        return try await withThrowingTaskGroup(of: (Int, StagedJob).self) { group in
            for (number, job) in jobs.enumerated() {
                group.addTask { (number, try await self.stage(job, asDifferences: true)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Encodes what a job stores and queues it, so that whoever encodes against it comes behind it.
    func stage(_ job: IngestJob, asDifferences: Bool) async throws -> StagedJob {
        try await self.withDecoder(.bulk) { decoder in
            let work = self.similarity.begin()
            defer { self.similarity.finish(work) }
            let differences = asDifferences ? DeltaEncoder(decoder, self.similarity, work: work) : nil
            let output = try job.run(decoder, self.inFlight, differences)
            output.bulkClaims.write([output.bulk], to: self.bulk)
            output.smallClaims.write([output.small], to: self.small)
            return StagedJob(
                job: job,
                addresses: output.addresses,
                own: [output.bulkClaims.ticket, output.smallClaims.ticket],
                others: output.bulkClaims.others + output.smallClaims.others
            )
        }
    }

    /// Returns once the job's blobs are durable, whoever stores them. When what they are differences to was not stored
    /// after all, or another write that had them failed, they are stored by themselves.
    func outcome(of staged: StagedJob) async throws -> WriteRequest.Outcome {
        var total = WriteRequest.Outcome()
        var mustRepeat = false
        for ticket in staged.own {
            do {
                let outcome = try await ticket.outcome()
                total.newCount += outcome.newCount
                total.newBytesCount += outcome.newBytesCount
            } catch let error as StoreError where error.code == .missingBase {
                if let base = error.address { self.cache.remove(self.index.key.fingerprint(of: base)) }
                mustRepeat = true
            }
        }
        for ticket in staged.others {
            do { try await ticket.outcome() } catch { mustRepeat = true }
        }
        guard mustRepeat else { return total }
        let repeated = try await self.outcome(of: try await self.stage(staged.job, asDifferences: false))
        total.newCount += repeated.newCount
        total.newBytesCount += repeated.newBytesCount
        return total
    }

    /// The raw bytes of a blob, proved against its address. Throws `notFound`, or `corrupt` and remembers that it is.
    package func read(_ address: BlobAddress) async throws -> [UInt8] {
        guard let (_, slot) = self.index.slot(of: address) else { throw StoreError.notFound(address) }
        if slot.rawBytesCount <= Limits.inlineHashBytesMax, let bytes = self.cached(address, slot) { return bytes }
        let isLarge = slot.rawBytesCount > Limits.inlineHashBytesMax
        return try await self.withDecoder(.urgent) { decoder in
            if isLarge, let bytes = self.cached(address, slot) { return bytes }
            let blob = try decoder.read(address)
            self.cache.insert(slot.fingerprint, blob)
            return blob.bytes
        }
    }

    /// Bytes of a blob once decoded, or nil when it is not here. Answers from memory.
    package func rawBytesCount(of address: BlobAddress) -> Int? {
        self.index.slot(of: address)?.slot.rawBytesCount
    }

    /// What the cache has, hashed again.
    func cached(_ address: BlobAddress, _ slot: BlobSlot) -> [UInt8]? {
        guard let blob = self.cache[slot.fingerprint] else { return nil }
        if Checksums.digest(blob.bytes) == address { return blob.bytes }
        self.cache.remove(slot.fingerprint)
        return nil
    }
}
