internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Fills the similarity index of a store that was just opened from the newest blobs in it: in the background, a few at
/// a time, between the work that somebody waits for.
///
/// What a blob takes to decode follows from the heads of records alone, so only those that may be bases are decoded.
final class SimilarityRebuild: Sendable {
    private struct State {
        /// What remains, the oldest first.
        var ordinals: ArraySlice<UInt32> = []
        var costs: [UInt64: Cost] = [:]
        var isStopped = false
    }

    /// What a blob takes to decode.
    private struct Cost {
        let bytesCount: Int
        let depth: Int
    }

    private static let blobsPerStep = 64

    private let state = Mutex(State())
    private let files: SegmentFiles
    private let index: StoreIndex
    private let cache: DecodedCache
    private let similarity: SimilarityIndex
    private let pool: WorkerPool

    init(files: SegmentFiles, index: StoreIndex, cache: DecodedCache, similarity: SimilarityIndex, pool: WorkerPool) {
        self.files = files
        self.index = index
        self.cache = cache
        self.similarity = similarity
        self.pool = pool
    }

    /// Begins; returns at once.
    func start() {
        let ordinals = self.index.ordinalsByPlace().suffix(Limits.similarityCandidatesMax)
        guard !ordinals.isEmpty else { return }
        self.state.withLock { $0.ordinals = ordinals }
        self.goOn()
    }

    /// Ends it; nothing is read any more when this returns.
    func stop() {
        self.state.withLock { state in
            state.isStopped = true
            state.ordinals = []
            state.costs = [:]
        }
    }

    private func goOn() {
        // Refused only when far more waits than can be done soon: then it ends here.
        self.pool.enqueue(.bulk) { context in
            let decoder = BlobDecoder(files: self.files, index: self.index, cache: self.cache, context: context)
            if self.step(decoder) { self.goOn() }
        }
    }

    /// Takes the next few; returns whether there are more.
    private func step(_ decoder: BlobDecoder) -> Bool {
        self.state.withLock { state in
            guard !state.isStopped else { return false }
            for ordinal in state.ordinals.prefix(Self.blobsPerStep) { self.take(UInt64(ordinal), decoder, &state) }
            state.ordinals = state.ordinals.dropFirst(Self.blobsPerStep)
            if state.ordinals.isEmpty { state.costs = [:] }
            return !state.ordinals.isEmpty
        }
    }

    private func take(_ ordinal: UInt64, _ decoder: BlobDecoder, _ state: inout State) {
        guard let slot = self.index.slot(at: ordinal), slot.kind == .blob, !slot.isSuspect,
            slot.rawBytesCount <= Limits.similarBlobBytesMax,
            let cost = self.cost(of: ordinal, slot, decoder, depth: 0, &state),
            SimilarityIndex.isFit(
                decodeBytesCount: cost.bytesCount,
                depth: cost.depth,
                rawBytesCount: slot.rawBytesCount
            ),
            let address = try? decoder.address(ofOrdinal: ordinal), let blob = try? decoder.read(address)
        else { return }
        let features = blob.bytes.withUnsafeBytes { SimilarityFeatures.of($0) }
        DeltaEncoder(decoder, self.similarity, work: 0).offer(blob, address, features)
    }

    /// What the blob takes to decode, by the heads of its record and its bases'; nil when one of them cannot be read.
    private func cost(
        of ordinal: UInt64,
        _ slot: BlobSlot,
        _ decoder: BlobDecoder,
        depth: Int,
        _ state: inout State
    ) -> Cost? {
        if let known = state.costs[ordinal] { return known }
        guard depth < Limits.decodeDepthMax else { return nil }
        var bytesCount = slot.rawBytesCount
        var deepest = 0
        if slot.codec == .zstdDelta || slot.codec == .zstdDictionary {
            guard let prefix = try? decoder.prefix(ordinal, slot),
                let bases = try? prefix.withUnsafeBytes({ try Record.blobBases(in: $0) })
            else { return nil }
            for base in bases {
                guard let slot = self.index.slot(at: base),
                    let cost = self.cost(of: base, slot, decoder, depth: depth + 1, &state)
                else { return nil }
                bytesCount += cost.bytesCount
                deepest = max(deepest, cost.depth)
            }
        }
        let cost = Cost(bytesCount: bytesCount, depth: deepest + 1)
        state.costs[ordinal] = cost
        return cost
    }
}
