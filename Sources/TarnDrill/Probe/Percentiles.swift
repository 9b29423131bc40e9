/// Order statistics of a set of figures.
package struct Percentiles: Hashable, Sendable {
    private let sorted: [UInt64]

    package init(_ values: [UInt64]) {
        self.sorted = values.sorted()
    }

    package var count: Int { self.sorted.count }
    package var max: UInt64 { self.sorted.last ?? 0 }

    /// The smallest figure that at least `percent` of all do not exceed; 0 of none.
    package subscript(percent: Int) -> UInt64 {
        guard !self.sorted.isEmpty else { return 0 }
        let rank = (self.sorted.count * percent + 99) / 100
        return self.sorted[Swift.min(Swift.max(rank, 1), self.sorted.count) - 1]
    }
}
