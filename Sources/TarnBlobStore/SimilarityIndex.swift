internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Which stored blobs resemble a new one: a bounded table in memory from fingerprints of passages
/// (``SimilarityFeatures``) to blobs that may serve as bases. Losing it costs space, nothing else.
///
/// Blobs that took too many others to decode are not in it, so that chains stay short and the few that are bases of
/// many stay in the cache.
final class SimilarityIndex: Sendable {
    /// A blob that may be a base.
    struct Candidate: Sendable {
        let address: BlobAddress
        /// Bytes that decoding it takes, those of its own bases included.
        let decodeBytesCount: Int
        /// Blobs that are decoded one after the other for it.
        let depth: Int
        /// The work that stored it. Others may use it only once that work's records are queued for writing.
        let work: UInt64
    }

    private struct State {
        var table = SimilarityTable()
        /// Numbered from 1; candidate n lies at (n - 1) modulo the capacity.
        var candidates: ContiguousArray<Candidate> = []
        var last: UInt32 = 0
        var votes = SimilarityVotes()
        /// Work whose records are not queued yet: one for each thread at most.
        var open: [UInt64] = []
        var nextWork: UInt64 = 1
    }

    private static let basesMax = Limits.basesMax
    /// Passages that another base must add to be worth its cost.
    private static let gainMin = 3

    private let state = Mutex(State())

    /// Begins work of one thread that stores blobs; ended by ``finish(_:)``.
    func begin() -> UInt64 {
        self.state.withLock { state in
            let work = state.nextWork
            state.nextWork += 1
            state.open.append(work)
            return work
        }
    }

    /// Makes what `work` stored available to others: its records are queued, so whatever is queued from now on comes
    /// behind them.
    func finish(_ work: UInt64) {
        self.state.withLock { $0.open.removeAll { $0 == work } }
    }

    /// Up to three blobs that share most with one of `rawBytesCount` bytes that has these features, the best first.
    func bases(for features: [UInt32], rawBytesCount: Int, work: UInt64) -> [Candidate] {
        guard !features.isEmpty else { return [] }
        return self.state.withLock { state in
            state.votes.clear()
            for (position, feature) in features.enumerated() {
                state.table.forEach(feature) { state.votes.add($0, position: position) }
            }
            var out: [Candidate] = []
            var covered: UInt64 = 0
            var rest = Limits.deltaDecodeBytesMax(rawBytesCount) - rawBytesCount
            while out.count < Self.basesMax {
                let found = state.votes.best(outside: covered, atLeast: out.isEmpty ? 1 : Self.gainMin) { number in
                    guard let candidate = Self.candidate(number, in: state) else { return false }
                    return candidate.decodeBytesCount <= rest
                        && (candidate.work == work || !state.open.contains(candidate.work))
                }
                guard let found, let candidate = Self.candidate(found.candidate, in: state) else { break }
                covered |= found.mask
                rest -= candidate.decodeBytesCount
                out.append(candidate)
            }
            return out
        }
    }

    /// Offers a blob with these features as a base for later ones, unless it costs too much to decode itself.
    func offer(_ candidate: Candidate, rawBytesCount: Int, features: [UInt32]) -> Bool {
        let isFit = Self.isFit(
            decodeBytesCount: candidate.decodeBytesCount,
            depth: candidate.depth,
            rawBytesCount: rawBytesCount
        )
        guard !features.isEmpty, isFit else { return false }
        self.state.withLock { state in
            state.last &+= 1
            if state.last == 0 { state.last = 1 }
            let slot = Int(state.last - 1) % Limits.similarityCandidatesMax
            if slot < state.candidates.count {
                state.candidates[slot] = candidate
            } else {
                state.candidates.append(candidate)
            }
            for feature in features { state.table.insert(feature, state.last) }
        }
        return true
    }

    /// Whether a blob that costs this much to decode may be a base: others must still fit on top of it.
    static func isFit(decodeBytesCount: Int, depth: Int, rawBytesCount: Int) -> Bool {
        depth < Limits.deltaDepthMax && decodeBytesCount * 5 <= Limits.deltaDecodeBytesMax(rawBytesCount) * 3
    }

    private static func candidate(_ number: UInt32, in state: borrowing State) -> Candidate? {
        guard number > 0, number <= state.last, Int(state.last - number) < state.candidates.count else { return nil }
        return state.candidates[Int(number - 1) % Limits.similarityCandidatesMax]
    }
}
