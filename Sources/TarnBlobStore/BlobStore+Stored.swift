package import TarnCore
internal import TarnSegment

extension BlobStore {
    /// Stores blobs as a peer sent them: each is decoded and hashed first, and then kept as it came. Returns once all
    /// are durable. Throws `invalid` for one that is not what it claims to be, `missingBase` for a difference to
    /// something that is not here.
    package func put(stored blobs: [StoredBlob]) async throws {
        var rest = blobs
        while !rest.isEmpty {
            // A base may stand anywhere in the same call: it becomes durable before what needs it.
            let named = Set(rest.map(\.address))
            let (ready, waiting) = self.split(rest, named: named)
            guard !ready.isEmpty else {
                throw StoreError(
                    .invalid,
                    "blob \(rest[0].address) is a difference to itself",
                    address: rest[0].address
                )
            }
            try await self.write(ready)
            rest = waiting
        }
    }

    /// Divides blobs into those whose bases are durable, or not among `named`, and those that have to wait for one of
    /// `named`.
    private func split(
        _ blobs: [StoredBlob],
        named: Set<BlobAddress>
    ) -> (ready: [StoredBlob], waiting: [StoredBlob]) {
        var ready: [StoredBlob] = []
        var waiting: [StoredBlob] = []
        for blob in blobs {
            let mustWait = zip(blob.bases, self.contains(blob.bases)).contains { !$1 && named.contains($0) }
            if mustWait { waiting.append(blob) } else { ready.append(blob) }
        }
        return (ready, waiting)
    }

    private func write(_ blobs: [StoredBlob]) async throws {
        let (small, bulk) = try await self.encode(stored: blobs)
        try await self.bulk.write([bulk], mayUseReserve: false)
        try await self.small.write([small], mayUseReserve: false)
    }

    /// Verifies `blobs`, whose bases are present, and turns them into records.
    func encode(stored blobs: [StoredBlob]) async throws -> (small: RecordRun, bulk: RecordRun) {
        guard !blobs.isEmpty else { return (RecordRun(), RecordRun()) }
        let (files, index) = (self.files, self.index)
        return try await self.pool.run(.bulk) { context in
            var job = StoredJob(files: files, index: index, context: context)
            for blob in blobs { try job.take(blob) }
            return (job.small, job.bulk)
        }
    }

    /// Blobs as they lie on disk, for a receiver that has, or gets, what their differences are to. Leaves out what is
    /// not here or damaged; stops before `bytesMax` stored bytes are exceeded, but returns one blob at least when there
    /// is one.
    package func readStored(_ addresses: [BlobAddress], bytesMax: Int) async throws -> [StoredBlob] {
        try await self.withDecoder(.urgent) { decoder in
            var out: [StoredBlob] = []
            var bytes = 0
            for address in addresses {
                do {
                    let blob = try decoder.stored(address)
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
