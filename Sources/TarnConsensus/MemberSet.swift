/// A set of members, by their index in the cluster's member list.
package struct MemberSet: Hashable, Sendable, CustomStringConvertible {
    package static let empty = MemberSet([])

    private var bits: UInt8 = 0

    package init(_ members: [Int]) {
        for member in members { self.insert(member) }
    }

    package var count: Int { self.bits.nonzeroBitCount }

    /// The members in ascending order.
    package var members: [Int] { (0..<8).filter { self.contains($0) } }

    package func contains(_ member: Int) -> Bool { self.bits & Self.bit(member) != 0 }

    package func isSuperset(of other: MemberSet) -> Bool { self.bits & other.bits == other.bits }

    /// Whether `member` was not there yet.
    @discardableResult
    package mutating func insert(_ member: Int) -> Bool {
        let bit = Self.bit(member)
        defer { self.bits |= bit }
        return self.bits & bit == 0
    }

    package mutating func remove(_ member: Int) { self.bits &= ~Self.bit(member) }

    package var description: String { "\(self.members)" }

    private static func bit(_ member: Int) -> UInt8 {
        precondition((0..<8).contains(member), "member \(member) of a cluster of at most 8")
        return 1 << UInt8(member)
    }
}
