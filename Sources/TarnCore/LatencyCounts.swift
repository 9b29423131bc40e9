/// How long something took, counted in buckets whose bounds never change: what a histogram of latencies shows.
///
/// A plain value; whoever shares it guards it. The bounds suit everything from one fdatasync to a change set that waits
/// for a slow link.
package struct LatencyCounts: Hashable, Sendable {
    /// Upper bounds of the buckets in microseconds, ascending; one more bucket takes what is slower.
    package static let boundsMicroseconds: [UInt64] = [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000, 30_000_000,
    ]

    /// Samples by bucket, each in exactly one; the last bucket has no bound.
    package private(set) var counts = [UInt64](repeating: 0, count: Self.boundsMicroseconds.count + 1)
    /// The sum of all samples, in nanoseconds.
    package private(set) var sumNanoseconds: UInt64 = 0

    package init() {}

    /// All samples.
    package var count: UInt64 { self.counts.reduce(0, +) }

    /// Adds one sample. A sum that no longer fits starts anew, as a restart of the process would.
    package mutating func note(nanoseconds: UInt64) {
        // A bound belongs to its bucket, so a sample is compared without cutting off its nanoseconds.
        let index = Self.boundsMicroseconds.firstIndex { nanoseconds <= $0 * 1_000 } ?? Self.boundsMicroseconds.count
        self.counts[index] &+= 1
        self.sumNanoseconds &+= nanoseconds
    }
}
