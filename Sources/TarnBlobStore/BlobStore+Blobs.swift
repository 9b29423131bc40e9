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
        let claims = IngestJob.Claims()
        let index = self.index
        self.small.approach()
        let outputs: [IngestJob.Output]
        do {
            defer { self.small.depart() }
            outputs = try await withThrowingTaskGroup(of: IngestJob.Output.self) { group in
                for job in jobs {
                    group.addTask { try await self.pool.run(.bulk) { try job.run(index, claims, $0) } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        let sorted = outputs.sorted { $0.start < $1.start }
        // Chunks first: what names them must never be durable before they are.
        let chunks = try await self.bulk.write(sorted.map(\.bulk), mayUseReserve: false)
        let others = try await self.small.write(sorted.map(\.small), mayUseReserve: false)
        return PutResult(
            addresses: sorted.flatMap(\.addresses),
            newCount: chunks.newCount + others.newCount,
            newStoredBytesCount: chunks.newBytesCount + others.newBytesCount
        )
    }

    /// The raw bytes of a blob, proved against its address. Throws `notFound`, or `corrupt` and remembers that it is.
    package func read(_ address: BlobAddress) async throws -> [UInt8] {
        guard let (_, slot) = self.index.slot(of: address) else { throw StoreError.notFound(address) }
        if slot.rawBytesCount <= Limits.inlineHashBytesMax, let bytes = self.verified(address) { return bytes }
        let (files, index, cache) = (self.files, self.index, self.cache)
        let isLarge = slot.rawBytesCount > Limits.inlineHashBytesMax
        return try await self.pool.run(.urgent) { context in
            if isLarge, let bytes = cache[address] {
                if Checksums.digest(bytes) == address { return bytes }
                cache.remove(address)
            }
            let bytes = try BlobDecoder(files: files, index: index, context: context).read(address)
            cache.insert(address, bytes)
            return bytes
        }
    }

    /// Bytes of a blob once decoded, or nil when it is not here. Answers from memory.
    package func rawBytesCount(of address: BlobAddress) -> Int? {
        self.index.slot(of: address)?.slot.rawBytesCount
    }

    /// What the cache has, hashed again.
    private func verified(_ address: BlobAddress) -> [UInt8]? {
        guard let bytes = self.cache[address] else { return nil }
        if Checksums.digest(bytes) == address { return bytes }
        self.cache.remove(address)
        return nil
    }
}
