internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Hashes, deduplicates and encodes a part of what one caller puts: the work of one worker thread.
struct IngestJob: Sendable {
    /// Addresses that one caller's jobs have taken on, so that two copies in one call are encoded once.
    final class Claims: Sendable {
        private let claimed = Mutex<Set<BlobAddress>>([])

        /// Which of `addresses` nobody claimed before.
        func claim(_ addresses: [BlobAddress]) -> [Bool] {
            self.claimed.withLock { claimed in addresses.map { claimed.insert($0).inserted } }
        }
    }

    struct Output: Sendable {
        /// Position of the first blob among the caller's.
        let start: Int
        let addresses: [BlobAddress]
        var small = RecordRun()
        var bulk = RecordRun()
    }

    /// Raw bytes for one job: large enough to be worth a hand-over, small enough to keep all threads busy.
    private static let bytesPerJob = 512 << 10
    private static let blobsPerJob = 1_024

    let start: Int
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
                out.append(IngestJob(start: start, blobs: blobs[start...index], kind: kind))
                start = index + 1
                bytes = 0
            }
        }
        return out
    }

    func run(_ index: StoreIndex, _ claims: Claims, _ context: WorkerContext) throws -> Output {
        let addresses = self.blobs.map { Checksums.digest($0) }
        let presence = index.presence(of: addresses)
        let isFirst = claims.claim(addresses)
        var output = Output(start: self.start, addresses: addresses)
        let rawBytesCount = self.blobs.reduce(0) { $0 + $1.count }
        output.small.reserve(bytes: rawBytesCount / 3, records: self.blobs.count)
        let encoder = BlobEncoder(context)
        for (offset, raw) in self.blobs.enumerated() where isFirst[offset] {
            let kind = self.kind ?? (raw.count == Limits.chunkBytes ? .chunk : .blob)
            let ordinal: UInt64?
            switch presence[offset] {
            case .absent: ordinal = nil
            case .suspect(let known): ordinal = known
            case .present(let known, let knownKind):
                // The same bytes were stored as an ordinary blob before: only a manifest's record says that chunks
                // belong to it.
                guard kind == .manifest, knownKind != .manifest else { continue }
                ordinal = known
            }
            try raw.withUnsafeBytes { raw in
                let encoded = try encoder.encode(raw)
                output.append(encoded, of: raw.count, addresses[offset], kind, ordinal, index.key)
            }
        }
        return output
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
