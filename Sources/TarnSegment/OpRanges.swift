package import TarnCore

/// A set of ops that is mostly one run: sorted, disjoint ranges that do not touch.
package struct OpRanges: Hashable, Sendable {
    package private(set) var ranges: [ClosedRange<UInt64>] = []

    package init() {}

    /// Whether `op` is a member.
    package func contains(_ op: Op) -> Bool {
        let index = self.firstIndex(endingAtOrAfter: op.number)
        return index < self.ranges.count && self.ranges[index].lowerBound <= op.number
    }

    /// Adds `op`; nothing happens when it is a member.
    package mutating func insert(_ op: Op) {
        let number = op.number
        let index = self.firstIndex(endingAtOrAfter: number == 0 ? 0 : number - 1)
        guard index < self.ranges.count, self.ranges[index].lowerBound <= number &+ 1 else {
            self.ranges.insert(number...number, at: index)
            return
        }
        let old = self.ranges[index]
        self.ranges[index] = min(old.lowerBound, number)...max(old.upperBound, number)
        if index + 1 < self.ranges.count, self.ranges[index + 1].lowerBound == self.ranges[index].upperBound + 1 {
            let upper = self.ranges.remove(at: index + 1).upperBound
            self.ranges[index] = self.ranges[index].lowerBound...upper
        }
    }

    /// Takes `op` out; nothing happens when it is no member.
    package mutating func remove(_ op: Op) {
        let number = op.number
        let index = self.firstIndex(endingAtOrAfter: number)
        guard index < self.ranges.count, self.ranges[index].lowerBound <= number else { return }
        let old = self.ranges.remove(at: index)
        if number < old.upperBound { self.ranges.insert((number + 1)...old.upperBound, at: index) }
        if old.lowerBound < number { self.ranges.insert(old.lowerBound...(number - 1), at: index) }
    }

    /// The first range that ends at `number` or later.
    private func firstIndex(endingAtOrAfter number: UInt64) -> Int {
        var low = 0
        var high = self.ranges.count
        while low < high {
            let middle = (low + high) / 2
            if self.ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
