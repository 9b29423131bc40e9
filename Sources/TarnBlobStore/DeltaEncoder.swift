internal import TarnCore
internal import TarnSegment

/// Stores what one thread takes in: as a difference to similar blobs where there are any, and offers it as a base for
/// what comes later.
struct DeltaEncoder {
    private let decoder: BlobDecoder
    private let similarity: SimilarityIndex
    private let work: UInt64
    /// Those of the only blob, where they are known already.
    private let features: [UInt32]?

    /// `work` is what ``SimilarityIndex/begin()`` returned.
    init(_ decoder: BlobDecoder, _ similarity: SimilarityIndex, work: UInt64, features: [UInt32]? = nil) {
        self.decoder = decoder
        self.similarity = similarity
        self.work = work
        self.features = features
    }

    /// Appends `raw`, which is not stored yet, to `run`.
    func append(_ raw: [UInt8], _ address: BlobAddress, _ kind: StoredBlob.Kind, to run: inout RecordRun) throws {
        let features = self.features ?? raw.withUnsafeBytes { SimilarityFeatures.of($0) }
        let bases = self.bases(of: raw, address, features)
        let encoder = BlobEncoder(self.decoder.context)
        try raw.withUnsafeBytes { bytes in
            if !bases.isEmpty, let stored = try encoder.encode(bytes, against: bases.map(\.blob)) {
                run.append(
                    difference: address,
                    kind: kind,
                    codec: .zstdDelta,
                    rawBytesCount: raw.count,
                    to: bases.map(\.address),
                    stored: stored,
                    key: self.decoder.index.key
                )
                self.offer(DecodedBlob(bytes: raw, bases: bases.map(\.blob)), address, features)
            } else {
                let encoded = try encoder.encode(bytes)
                run.append(encoded, of: raw.count, address, kind, nil, self.decoder.index.key)
                self.offer(DecodedBlob(plain: raw), address, features)
            }
        }
    }

    /// Makes a blob that was stored known as a possible base.
    func offer(_ blob: DecodedBlob, _ address: BlobAddress, _ features: [UInt32]) {
        let candidate = SimilarityIndex.Candidate(
            address: address,
            decodeBytesCount: blob.decodeBytesCount,
            depth: blob.depth,
            work: self.work
        )
        guard self.similarity.offer(candidate, rawBytesCount: blob.bytes.count, features: features) else { return }
        self.decoder.cache.insert(self.decoder.index.key.fingerprint(of: address), blob)
    }

    private struct Base {
        let address: BlobAddress
        let blob: DecodedBlob
    }

    /// Similar blobs, the best last: what is nearest costs least to point at.
    private func bases(of raw: [UInt8], _ address: BlobAddress, _ features: [UInt32]) -> [Base] {
        self.similarity.bases(for: features, rawBytesCount: raw.count, work: self.work).reversed().compactMap {
            guard $0.address != address, let blob = self.decoded($0.address) else { return nil }
            return Base(address: $0.address, blob: blob)
        }
    }

    /// A blob that is durable, or queued: then only the cache has it.
    private func decoded(_ address: BlobAddress) -> DecodedBlob? {
        self.decoder.cache.intact(self.decoder.index.key.fingerprint(of: address))
            ?? (try? self.decoder.base(address))?.blob
    }
}
