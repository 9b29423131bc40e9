internal import TarnCore

/// Where two trees may differ: ranges of keys, and in each of them short digests of one side's nodes of one level, or of
/// its entries.
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

/// Eight bytes of a hash, chosen by a salt: enough to find what differs, when the whole hash is compared in the end.
struct DigestSalt: Hashable, Sendable {
    private let offset: Int

    /// Another attempt takes other bytes, so what looked equal by chance does so once only.
    init(_ salt: UInt64) {
        self.offset = Int(salt % UInt64(Digest.byteCount - 7))
    }

    func short(_ digest: Digest) -> UInt64 {
        withUnsafeBytes(of: digest) { $0.loadUnaligned(fromByteOffset: self.offset, as: UInt64.self) }
    }
}

/// What stands between members that two vectors have in common.
struct VectorRun: Hashable, Sendable {
    let own: Range<Int>
    let other: Range<Int>

    /// The runs in which `own` and `other` differ, in order. Both list their members in the order of their keys.
    static func all(_ own: [UInt64], _ other: [UInt64]) -> [VectorRun] {
        var places: [UInt64: Int] = [:]
        places.reserveCapacity(other.count)
        for (index, digest) in other.enumerated() { places[digest] = index }
        var out: [VectorRun] = []
        var start = (own: 0, other: 0)
        func close(_ ownEnd: Int, _ otherEnd: Int) {
            guard ownEnd > start.own || otherEnd > start.other else { return }
            out.append(VectorRun(own: start.own..<ownEnd, other: start.other..<otherEnd))
        }
        for (index, digest) in own.enumerated() {
            guard let place = places[digest], place >= start.other else { continue }
            close(index, place)
            start = (index + 1, place + 1)
        }
        close(own.count, other.count)
        return out
    }
}
