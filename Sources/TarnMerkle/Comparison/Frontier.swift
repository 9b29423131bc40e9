/// Where two trees may differ: ranges of keys, and in each of them short digests of one side's nodes of one level, or
/// of its entries.
package struct Frontier: Hashable, Sendable {
    /// The level that stands below the leaves.
    package static let entryLevel = -1

    package struct Range: Hashable, Sendable {
        package let keys: KeyRange
        /// In the order of the keys.
        package let digests: [UInt64]

        package init(keys: KeyRange, digests: [UInt64]) {
            self.keys = keys
            self.digests = digests
        }
    }

    /// 0 and more for nodes, ``entryLevel`` for entries.
    package let level: Int
    /// Ascending and apart from each other.
    package var ranges: [Range]

    package init(level: Int, ranges: [Range]) {
        self.level = level
        self.ranges = ranges
    }
}
