package import TarnCore
internal import TarnSegment

extension BlobStore {
    /// Stores blobs as a peer sent them: each is decoded and hashed first, and then kept as it came. A base may stand
    /// anywhere in the same call. Returns once all are durable. Throws `invalid` for one that is not what it claims to
    /// be, `missingBase` for a difference to something that is not here.
    package func put(stored blobs: [StoredBlob]) async throws {
        guard !blobs.isEmpty else { return }
        _ = try await self.store(blobs, with: RecordRun())
    }

    /// Divides blobs from elsewhere into those that can be stored now, because everything they are differences to is
    /// present, among them or among those of `beside`, and those that wait for a base.
    package func decodable(
        _ blobs: [StoredBlob],
        beside: Set<BlobAddress> = []
    ) -> (ready: [StoredBlob], waiting: [StoredBlob]) {
        guard blobs.contains(where: { !$0.bases.isEmpty }) else { return (blobs, []) }
        var known = Set(blobs.map(\.address))
        let outside = Array(Set(blobs.flatMap(\.bases)).subtracting(known))
        known.formUnion(zip(outside, self.contains(outside)).filter { $1 }.map(\.0))
        var ready = blobs
        var waiting: [StoredBlob] = []
        while true {
            let lacking = ready.filter { !$0.bases.allSatisfy { known.contains($0) || beside.contains($0) } }
            guard !lacking.isEmpty else { return (ready, waiting) }
            waiting += lacking
            known.subtract(lacking.map(\.address))
            ready.removeAll { !known.contains($0.address) }
        }
    }

    /// Verifies and stores `blobs`, and with the last of them `log` where one batch can hold both. Returns whether it
    /// did; otherwise the blobs are durable and `log` is still to be written.
    func store(_ blobs: [StoredBlob], with log: RecordRun, after queued: [WriteTicket] = []) async throws -> Bool {
        // What others are storing may be a base of these.
        for ticket in self.inFlight.others(blobs.flatMap { [$0.address] + $0.bases }.map(self.index.key.fingerprint)) {
            _ = try? await ticket.outcome()
        }
        let work = self.similarity.begin()
        defer { self.similarity.finish(work) }
        let staged = try await self.withDecoder(.bulk, isShort: self.isShort(blobs)) { decoder in
            var job = StoredJob(decoder, DeltaEncoder(decoder, self.similarity, work: work), self.inFlight)
            try job.take(blobs)
            return StagedBlobs(small: job.small, bulk: job.bulk, claims: job.smallClaims, bulkClaims: job.bulkClaims)
        }
        // Chunks first: what names them must never be durable before they are.
        staged.bulkClaims.write([staged.bulk], to: self.bulk)
        do {
            try await staged.bulkClaims.ticket.outcome()
        } catch let error as StoreError {
            staged.claims.abandon(error)
            throw error
        }
        // Nor may the log be durable before blobs that somebody else is storing.
        let others = staged.claims.others + staged.bulkClaims.others
        let runs = others.isEmpty ? [staged.small, log] : [staged.small]
        staged.claims.write(runs, to: self.small, after: queued, mayUseReserve: staged.small.isEmpty)
        for ticket in others + [staged.bulkClaims.ticket, staged.claims.ticket] { try await ticket.outcome() }
        return others.isEmpty
    }

    /// Whether verifying `blobs` takes little time, and what they are differences to is in memory.
    private func isShort(_ blobs: [StoredBlob]) -> Bool {
        guard blobs.reduce(0, { $0 + $1.rawBytesCount }) <= Limits.queuedBlobBytesMax else { return false }
        return self.areInMemory(Array(Set(blobs.flatMap(\.bases)).subtracting(blobs.map(\.address))))
    }

    /// What a job made of blobs from elsewhere.
    private struct StagedBlobs: Sendable {
        let small: RecordRun
        let bulk: RecordRun
        let claims: IngestClaims
        let bulkClaims: IngestClaims
    }

    /// Blobs as they lie on disk, for a receiver that has, or gets, what their differences are to. Leaves out what is
    /// not here or damaged; stops before `bytesMax` stored bytes are exceeded, but returns one blob at least when there
    /// is one. What another datacentre fetches (`isForPeer`) takes turns with ingest instead of going before it.
    package func readStored(
        _ addresses: [BlobAddress],
        bytesMax: Int,
        isForPeer: Bool = false
    ) async throws -> [StoredBlob] {
        let queued = self.queued.blobs(addresses)
        if queued.count == addresses.count, queued.values.reduce(0, { $0 + $1.bytes.count }) <= bytesMax {
            return addresses.compactMap { queued[$0] }
        }
        return try await self.withDecoder(isForPeer ? .peer : .urgent) { decoder in
            var out: [StoredBlob] = []
            var bytes = 0
            for address in addresses {
                do {
                    let blob = try queued[address] ?? decoder.stored(address)
                    bytes += blob.bytes.count
                    if bytes > bytesMax, !out.isEmpty { break }
                    out.append(blob)
                } catch let error as StoreError where error.code == .notFound || error.code == .corrupt {
                    continue
                }
            }
            return out
        }
    }
}
