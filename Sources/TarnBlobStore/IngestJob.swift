internal import TarnCore
internal import TarnSegment

/// Hashes, deduplicates and encodes a part of what one caller puts: the work of one worker thread.
struct IngestJob: Sendable {
    /// What one job did.
    struct Output {
        let addresses: [BlobAddress]
        var small = RecordRun()
        var bulk = RecordRun()
        var smallClaims: IngestClaims
        var bulkClaims: IngestClaims
    }

    /// Raw bytes for one job: large enough to be worth a hand-over, small enough to keep all threads busy.
    private static let bytesPerJob = 512 << 10
    private static let blobsPerJob = 1_024

    let blobs: ArraySlice<[UInt8]>
    /// Nil to decide by size: a blob of exactly one chunk's size is one.
    let kind: StoredBlob.Kind?

    /// Splits what one caller puts.
    static func split(_ blobs: [[UInt8]], kind: StoredBlob.Kind?) -> [IngestJob] {
        var out: [IngestJob] = []
        var start = 0
        var bytes = 0
        for (index, blob) in blobs.enumerated() {
            bytes += blob.count
            if bytes >= self.bytesPerJob || index + 1 - start >= self.blobsPerJob || index + 1 == blobs.count {
                out.append(IngestJob(blobs: blobs[start...index], kind: kind))
                start = index + 1
                bytes = 0
            }
        }
        return out
    }

    /// Encodes what is neither present nor being stored by somebody else; `differences` is nil to store everything by
    /// itself.
    func run(_ decoder: BlobDecoder, _ inFlight: BlobsInFlight, _ differences: DeltaEncoder?) throws -> Output {
        var output = Output(
            addresses: self.blobs.map { Checksums.digest($0) },
            smallClaims: IngestClaims(inFlight),
            bulkClaims: IngestClaims(inFlight)
        )
        do {
            let own = self.claim(decoder.index.key, &output)
            // Asked for all at once: the writer holds the table while it publishes a batch.
            let presences = decoder.index.presence(of: own.map { output.addresses[$0] })
            for (position, presence) in zip(own, presences) {
                let raw = self.blobs[self.blobs.startIndex + position]
                try self.store(raw, output.addresses[position], presence, decoder, differences, &output)
            }
        } catch {
            let failure = error as? StoreError ?? StoreError(.invalid, "\(error)")
            output.smallClaims.abandon(failure)
            output.bulkClaims.abandon(failure)
            throw error
        }
        return output
    }

    /// The positions of the blobs that nobody else is storing.
    private func claim(_ key: SegmentKey, _ output: inout Output) -> [Int] {
        zip(self.blobs, output.addresses).enumerated().compactMap { position, blob in
            let fingerprint = key.fingerprint(of: blob.1)
            let isOwn =
                self.kind(of: blob.0) == .chunk
                ? output.bulkClaims.claim(fingerprint) : output.smallClaims.claim(fingerprint)
            return isOwn ? position : nil
        }
    }

    private func kind(of raw: [UInt8]) -> StoredBlob.Kind {
        self.kind ?? (raw.count == Limits.chunkBytes ? .chunk : .blob)
    }

    private func store(
        _ raw: [UInt8],
        _ address: BlobAddress,
        _ presence: StoreIndex.Presence,
        _ decoder: BlobDecoder,
        _ differences: DeltaEncoder?,
        _ output: inout Output
    ) throws {
        let kind = self.kind(of: raw)
        let ordinal: UInt64?
        switch presence {
        case .absent: ordinal = nil
        case .suspect(let known): ordinal = known
        case .present(let known, let knownKind):
            // The same bytes were stored as an ordinary blob before: only a manifest's record says that chunks belong
            // to it.
            guard kind == .manifest, knownKind != .manifest else { return }
            ordinal = known
        }
        // A copy that heals must not hang on what may be damaged too.
        if let differences, ordinal == nil, kind == .blob {
            try differences.append(raw, address, kind, to: &output.small)
            return
        }
        try raw.withUnsafeBytes { raw in
            let encoded = try BlobEncoder(decoder.context).encode(raw)
            output.append(encoded, of: raw.count, address, kind, ordinal, decoder.index.key)
        }
    }
}

extension IngestJob.Output {
    fileprivate mutating func append(
        _ encoded: BlobEncoder.Encoded,
        of rawBytesCount: Int,
        _ address: BlobAddress,
        _ kind: StoredBlob.Kind,
        _ ordinal: UInt64?,
        _ key: SegmentKey
    ) {
        if kind == .chunk {
            self.bulk.append(encoded, of: rawBytesCount, address, kind, ordinal, key)
        } else {
            self.small.append(encoded, of: rawBytesCount, address, kind, ordinal, key)
        }
    }
}
