internal import TarnCore
internal import TarnSegment
internal import TarnZstd

/// Verifies blobs that a peer sent and turns them into records: the work of one worker thread.
struct StoredJob {
    private let index: StoreIndex
    private let context: WorkerContext
    private let decoder: BlobDecoder
    private(set) var small = RecordRun()
    private(set) var bulk = RecordRun()

    init(files: SegmentFiles, index: StoreIndex, context: WorkerContext) {
        self.index = index
        self.context = context
        self.decoder = BlobDecoder(files: files, index: index, context: context)
    }

    /// Takes a blob whose bases are present; nothing happens when it is present itself.
    mutating func take(_ blob: StoredBlob) throws {
        let ordinal: UInt64?
        switch self.index.presence(of: blob.address) {
        case .absent: ordinal = nil
        case .suspect(let known): ordinal = known
        case .present(let known, let kind):
            guard blob.kind == .manifest, kind != .manifest else { return }
            ordinal = known
        }
        try Self.check(blob)
        let (raw, bases, depth) = try self.decoder.decode(blob)
        if blob.kind == .manifest, (try? Manifest(decoding: raw)) == nil {
            throw StoreError(.invalid, "blob \(blob.address) is no manifest", address: blob.address)
        }
        // A copy that heals must not hang on what may be damaged too, nor may a difference reach too deep.
        if depth > Limits.decodeDepthMax || (ordinal != nil && !bases.isEmpty) {
            try raw.withUnsafeBytes { raw in
                self.append(try BlobEncoder(self.context).encode(raw), of: raw.count, blob, ordinal)
            }
        } else {
            blob.bytes.withUnsafeBytes { stored in
                self.append(
                    BlobEncoder.Encoded(codec: blob.codec, bases: bases, stored: stored),
                    of: raw.count,
                    blob,
                    ordinal
                )
            }
        }
    }

    private mutating func append(
        _ encoded: BlobEncoder.Encoded,
        of rawBytesCount: Int,
        _ blob: StoredBlob,
        _ ordinal: UInt64?
    ) {
        if blob.kind == .chunk {
            self.bulk.append(encoded, of: rawBytesCount, blob.address, blob.kind, ordinal, self.index.key)
        } else {
            self.small.append(encoded, of: rawBytesCount, blob.address, blob.kind, ordinal, self.index.key)
        }
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
