internal import TarnCore
internal import TarnSegment
internal import TarnZstd

/// Verifies blobs that a peer sent and turns them into records: the work of one worker thread.
struct StoredJob {
    private let decoder: BlobDecoder
    private let differences: DeltaEncoder
    private(set) var small = RecordRun()
    private(set) var bulk = RecordRun()
    private(set) var smallClaims: IngestClaims
    private(set) var bulkClaims: IngestClaims
    /// Blobs of this job that others of it are differences to, until the last of those was taken.
    private var bases: [BlobAddress: DecodedBlob] = [:]
    private var dependents: [BlobAddress: Int] = [:]

    init(_ decoder: BlobDecoder, _ differences: DeltaEncoder, _ inFlight: BlobsInFlight) {
        self.smallClaims = IngestClaims(inFlight)
        self.bulkClaims = IngestClaims(inFlight)
        self.decoder = decoder
        self.differences = differences
    }

    /// Takes blobs whose bases are present or among them. Throws `missingBase` when one is neither, `invalid` for what
    /// is not what it claims to be.
    mutating func take(_ blobs: [StoredBlob]) throws {
        do {
            try self.takeInOrder(blobs)
        } catch {
            let failure = error as? StoreError ?? StoreError(.invalid, "\(error)")
            self.smallClaims.abandon(failure)
            self.bulkClaims.abandon(failure)
            throw error
        }
    }

    private mutating func takeInOrder(_ blobs: [StoredBlob]) throws {
        let ordered = try StoredBlobOrder.sorted(blobs)
        for blob in ordered { for base in blob.bases { self.dependents[base, default: 0] += 1 } }
        for blob in ordered {
            try self.take(blob)
            for base in blob.bases { self.release(base) }
        }
    }

    /// Takes one blob; nothing is written when it is present already, or being stored by somebody else.
    private mutating func take(_ blob: StoredBlob) throws {
        let fingerprint = self.decoder.index.key.fingerprint(of: blob.address)
        let isOwn =
            blob.kind == .chunk ? self.bulkClaims.claim(fingerprint) : self.smallClaims.claim(fingerprint)
        guard isOwn else { return }
        let ordinal: UInt64?
        switch self.decoder.index.presence(of: blob.address) {
        case .absent: ordinal = nil
        case .suspect(let known): ordinal = known
        case .present(let known, let kind):
            guard blob.kind == .manifest, kind != .manifest else { return }
            ordinal = known
        }
        try Self.check(blob)
        let decoded = try self.decode(blob)
        if blob.kind == .manifest, (try? Manifest(decoding: decoded.bytes)) == nil {
            throw StoreError(.invalid, "blob \(blob.address) is no manifest", address: blob.address)
        }
        // A copy that heals must not hang on what may be damaged too, nor may a difference reach too deep.
        let mustStandAlone =
            ordinal != nil || decoded.depth > Limits.decodeDepthMax || decoded.decodeBytesCount > Limits.decodeBytesMax
        if blob.bases.isEmpty || mustStandAlone {
            try self.appendWhole(blob, decoded.bytes, ordinal)
            self.keep(DecodedBlob(plain: decoded.bytes), of: blob)
        } else {
            blob.bytes.withUnsafeBytes {
                self.small.append(
                    difference: blob.address,
                    kind: blob.kind,
                    codec: blob.codec,
                    rawBytesCount: blob.rawBytesCount,
                    to: blob.bases,
                    stored: $0,
                    key: self.decoder.index.key
                )
            }
            self.keep(decoded, of: blob)
        }
    }

    private mutating func appendWhole(_ blob: StoredBlob, _ raw: [UInt8], _ ordinal: UInt64?) throws {
        try raw.withUnsafeBytes { raw in
            if blob.bases.isEmpty {
                blob.bytes.withUnsafeBytes {
                    self.append(BlobEncoder.Encoded(codec: blob.codec, bases: [], stored: $0), blob, ordinal)
                }
            } else {
                self.append(try BlobEncoder(self.decoder.context).encode(raw), blob, ordinal)
            }
        }
    }

    private mutating func append(_ encoded: BlobEncoder.Encoded, _ blob: StoredBlob, _ ordinal: UInt64?) {
        let (count, key) = (blob.rawBytesCount, self.decoder.index.key)
        if blob.kind == .chunk {
            self.bulk.append(encoded, of: count, blob.address, blob.kind, ordinal, key)
        } else {
            self.small.append(encoded, of: count, blob.address, blob.kind, ordinal, key)
        }
    }

    /// Keeps what is needed soon, and offers it as a base for what this datacentre stores itself.
    private mutating func keep(_ decoded: DecodedBlob, of blob: StoredBlob) {
        if self.dependents[blob.address, default: 0] > 0 { self.bases[blob.address] = decoded }
        guard blob.kind == .blob else { return }
        let features = decoded.bytes.withUnsafeBytes { SimilarityFeatures.of($0) }
        self.differences.offer(decoded, blob.address, features)
    }

    private mutating func release(_ base: BlobAddress) {
        let count = self.dependents[base, default: 1] - 1
        self.dependents[base] = count
        if count == 0 { self.bases[base] = nil }
    }

    /// Decodes a blob that comes from elsewhere, and proves that it is what it claims to be.
    private func decode(_ blob: StoredBlob) throws -> DecodedBlob {
        var failure: String
        do {
            let decoded = try self.decode(blob, against: blob.bases.map { try self.base($0, of: blob) })
            if Checksums.digest(decoded.bytes) == blob.address { return decoded }
            failure = "its content has another hash"
        } catch let error as ZstdError {
            failure = "\(error)"
        }
        // Unless a base is what is damaged: then the blob is not refused, it waits for a good copy of the base.
        for base in blob.bases where self.bases[base] == nil {
            self.decoder.cache.remove(self.decoder.index.key.fingerprint(of: base))
            do {
                _ = try self.decoder.read(base)
            } catch let error as StoreError where error.code == .corrupt {
                throw StoreError.missingBase(base, of: blob.address)
            }
        }
        throw StoreError(.invalid, "blob \(blob.address) cannot be decoded: \(failure)", address: blob.address)
    }

    private func decode(_ blob: StoredBlob, against bases: [BlobDecoder.Base]) throws -> DecodedBlob {
        // A raw blob is what it decodes to: a chunk of megabytes is not copied for it.
        guard blob.codec != .raw else { return DecodedBlob(plain: blob.bytes) }
        return try blob.bytes.withUnsafeBytes { try self.decoder.decode($0, blob.codec, blob.rawBytesCount, bases) }
    }

    private func base(_ address: BlobAddress, of blob: StoredBlob) throws -> BlobDecoder.Base {
        if let known = self.bases[address] {
            return BlobDecoder.Base(fingerprint: self.decoder.index.key.fingerprint(of: address), blob: known)
        }
        guard let base = try? self.decoder.base(address) else {
            throw StoreError.missingBase(address, of: blob.address)
        }
        return base
    }

    /// Bounds that hold before anything is decoded.
    private static func check(_ blob: StoredBlob) throws {
        let basesCount: ClosedRange<Int> =
            switch blob.codec {
            case .raw, .zstd: 0...0
            case .zstdDictionary: 1...1
            case .zstdDelta: 1...Limits.basesMax
            }
        guard (0...Limits.blobBytesMax).contains(blob.rawBytesCount), basesCount.contains(blob.bases.count),
            blob.bytes.count <= ZstdCompressor.bound(blob.rawBytesCount),
            blob.codec != .raw || blob.bytes.count == blob.rawBytesCount
        else {
            throw StoreError(
                .invalid,
                "blob \(blob.address) of \(blob.rawBytesCount) bytes cannot be \(blob.bytes.count) stored bytes with "
                    + "\(blob.bases.count) bases",
                address: blob.address
            )
        }
    }
}
