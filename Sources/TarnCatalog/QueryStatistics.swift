package import TarnCore

/// How queries of the catalog fared since it was opened.
package struct QueryStatistics: Hashable, Sendable {
    /// How long they took, failed ones included.
    package var latency = LatencyCounts()
    /// Those that ended in an error: rejected, too slow, too large or cancelled.
    package var failedCount: UInt64 = 0
}
