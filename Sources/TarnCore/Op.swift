/// A change set's number in the log: 0 is the genesis, each later op has exactly one entry.
package struct Op: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let genesis = Op(0)

    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    package var next: Op { Op(self.number + 1) }
    /// The op before this one; the genesis has none.
    package var previous: Op? { self.number == 0 ? nil : Op(self.number - 1) }

    /// How many ops `head` is ahead of this one; 0 when it is not.
    package func lag(behind head: Op) -> UInt64 { head.number - min(head.number, self.number) }

    package static func < (left: Op, right: Op) -> Bool { left.number < right.number }
    package var description: String { String(self.number) }
}
