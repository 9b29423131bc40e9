internal import TarnCore

/// Decides where the nodes of a tree end: a function of the key alone, so that the same entries always make the same
/// tree.
///
/// A node of level i ends after a key whose SipHash-2-4 has its low 5 × (i + 1) bits zero. Level 12, where that would
/// take more than 64 bits, never ends: every tree has a root at or below it.
struct BoundaryRule: Sendable {
    static let bitsPerLevel = 5
    static let levelMax = 12

    /// The 16 bytes that key the hash, so that no user can choose where nodes end.
    let key: [UInt8]
    private let function: SipHash

    init(key: [UInt8]) {
        self.key = key
        self.function = SipHash(key: key)
    }

    /// How many levels, from 0 upwards, have a node that ends after `key`.
    func closedLevels(after key: UnsafeRawBufferPointer) -> Int {
        min(self.function.hash(key).trailingZeroBitCount / Self.bitsPerLevel, Self.levelMax)
    }

    func closedLevels(after key: [UInt8]) -> Int {
        key.withUnsafeBytes { self.closedLevels(after: $0) }
    }
}
