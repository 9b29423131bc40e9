internal import Synchronization
internal import TarnCore

/// What a node counts as it goes; everything else that it exposes is looked up when it is asked for.
package final class NodeMetrics: Sendable {
    /// What became of a request to commit changes.
    enum CommitOutcome: String, CaseIterable {
        case committed
        case unchanged
        /// A condition did not hold, or the changes were not allowed.
        case refused
        /// Certainly not ordered.
        case unavailable
        case unknown
        case failed
    }

    private struct Commits {
        var latency = LatencyCounts()
        var counts: [CommitOutcome: UInt64] = [:]
    }

    private struct Staged {
        var blobCount: UInt64 = 0
        var rawBytesCount: UInt64 = 0
        var storedBytesCount: UInt64 = 0
    }

    private let commits = Mutex(Commits())
    private let staged = Mutex(Staged())

    package init() {}

    /// Notes a commit and how long the client waited for it; only receipts enter the latency.
    func note(commit outcome: CommitOutcome, nanoseconds: UInt64) {
        self.commits.withLock { commits in
            commits.counts[outcome, default: 0] += 1
            if outcome == .committed { commits.latency.note(nanoseconds: nanoseconds) }
        }
    }

    /// Notes blobs that a client stored here: all bytes of them, and the bytes that the new ones took on disk.
    func note(stagedBlobCount count: Int, rawBytesCount: Int, storedBytesCount: UInt64) {
        self.staged.withLock { staged in
            staged.blobCount += UInt64(count)
            staged.rawBytesCount += UInt64(rawBytesCount)
            staged.storedBytesCount += storedBytesCount
        }
    }

    /// Writes what was counted.
    package func write(to text: inout MetricText) {
        let (latency, counts) = self.commits.withLock { ($0.latency, $0.counts) }
        text.write(Self.commitsTotal, CommitOutcome.allCases.map { ([$0.rawValue], Double(counts[$0] ?? 0)) })
        text.write(Self.commitSeconds, [([], latency)])
        let staged = self.staged.withLock { $0 }
        text.write(Self.stagedBlobs, Double(staged.blobCount))
        text.write(Self.stagedBytes, Double(staged.rawBytesCount))
        text.write(Self.stagedStoredBytes, Double(staged.storedBytesCount))
    }
}
