internal import TarnCore
internal import TarnSegment

/// Which records of a segment a compaction takes over, as far as the record alone decides.
struct CompactionFilter {
    let index: StoreIndex
    let live: LiveSet

    /// Whether the record of a blob is the one that counts.
    func isCurrent(_ row: IndexRow, in segment: UInt32) -> Bool {
        self.index.isCurrent(row, in: segment)
    }

    /// The same for everything but blobs: the log is kept for good, tree nodes as long as a checkpoint needs them.
    func isKept(_ row: IndexRow, in segment: UInt32) -> Bool {
        switch row.kind {
        case .blob, .chunk, .manifest, .dictionary, .entry, .acknowledgement, .head: true
        case .node: self.index.isCurrent(row, in: segment) && self.isLive(node: row.fingerprint)
        case .checkpoint: self.isKept(checkpoint: row.log)
        }
    }

    private func isLive(node fingerprint: Fingerprint) -> Bool {
        guard self.live.checkpoints != nil else { return true }
        return self.index.nodeNumber(fingerprint).map { self.live.nodes.contains($0) } ?? false
    }

    /// A checkpoint above all that were marked was written since.
    private func isKept(checkpoint reference: LogReference?) -> Bool {
        guard let kept = self.live.checkpoints, let newest = kept.max(), case .checkpoint(let op, _, _)? = reference
        else { return true }
        return op > newest || kept.contains(op)
    }
}
