package import TarnCore
internal import TarnSegment

extension BlobStore {
    /// Stores blobs as a peer sent them: each is decoded and hashed first, and then kept as it came. Returns once all are durable. Throws
    /// `invalid` for one that is not what it claims to be, `missingBase` for a difference to something that is not here.
    package func put(stored blobs: [StoredBlob]) async throws {
        var rest = blobs
        while !rest.isEmpty {
            // A base may stand anywhere in the same call: it becomes durable before what needs it.
            let named = Set(rest.map(\.address))
            let isReady = { (blob: StoredBlob) in
                !zip(blob.bases, self.contains(blob.bases)).contains { !$1 && $0 != blob.address && named.contains($0) }
            }
            let ready = rest.filter(isReady)
            guard !ready.isEmpty else {
                throw StoreError(
                    .invalid, "blob \(rest[0].address) is a difference to itself", address: rest[0].address)
            }
            try await self.write(ready)
            rest.removeAll(where: isReady)
        }
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

    /// Blobs as they lie on disk, for a receiver that has, or gets, what their differences are to. Leaves out what is not here or damaged;
    /// stops before `bytesMax` stored bytes are exceeded, but returns one blob at least when there is one.
    package func readStored(_ addresses: [BlobAddress], bytesMax: Int) async throws -> [StoredBlob] {
        try await self.withDecoder(.urgent) { decoder in
            var out: [StoredBlob] = []
            var bytes = 0
            for address in addresses {
                let fetched: BlobDecoder.Fetched
                do {
                    fetched = try decoder.fetch(address)
                } catch let error as StoreError where error.code == .notFound || error.code == .corrupt {
                    continue
                }
                bytes += fetched.payload.count
                if bytes > bytesMax, !out.isEmpty { break }
                let record = fetched.record
                out.append(
                    StoredBlob(
                        address: address, kind: record.kind.blobKind ?? .blob, codec: record.codec,
                        rawBytesCount: record.rawBytesCount, bases: try record.bases.map { try decoder.address(ofOrdinal: $0) },
                        bytes: Array(fetched.payload)))
            }
            return out
        }
    }
}
