internal import TarnCore

/// What lies between the hashes of a node's members and their tree hash (RFC 6962): row upon row of joined pairs, the
/// root last. With it, one changed member costs the way up instead of the whole tree.
struct HashRows: Sendable {
    /// Empty for a single member, which is its own root.
    private let digests: [Digest]

    /// The rows above `members`, of which there is at least one. Where `older` are the rows above `olderCount` members
    /// that begin with the same `sameCount`, what those make is taken from there.
    init<H: SHA256Function>(
        _ members: [Digest],
        older: HashRows? = nil,
        olderCount: Int = 0,
        sameCount: Int = 0,
        _: H.Type
    ) {
        let capacity = Self.digestsCount(above: members.count)
        self.digests = [Digest](unsafeUninitializedCapacity: capacity) { out, count in
            count = capacity
            guard var next = out.baseAddress else { return }
            var olderRow = older?.digests[...] ?? []
            var olderWidth = olderCount
            var same = older == nil ? 0 : sameCount
            members.withUnsafeBufferPointer { members in
                var row = members
                while row.count > 1 {
                    let width = (row.count + 1) / 2
                    // A pair of which both are the same is a pair in the older row too.
                    same /= 2
                    olderWidth = (olderWidth + 1) / 2
                    for index in 0..<same { (next + index).initialize(to: olderRow[olderRow.startIndex + index]) }
                    for index in same..<width {
                        (next + index).initialize(to: Self.joined(row, at: 2 * index, H.self))
                    }
                    olderRow = olderRow.dropFirst(olderWidth)
                    row = UnsafeBufferPointer(start: next, count: width)
                    next += width
                }
            }
        }
    }

    /// The rows above `members`, which differ from those below `older` in the one at `index` only.
    init<H: SHA256Function>(_ members: [Digest], replacing index: Int, of older: HashRows, _: H.Type) {
        self.digests = [Digest](unsafeUninitializedCapacity: older.digests.count) { out, count in
            (_, count) = out.initialize(from: older.digests)
            guard var next = out.baseAddress else { return }
            var place = index
            members.withUnsafeBufferPointer { members in
                var row = members
                while row.count > 1 {
                    place /= 2
                    next[place] = Self.joined(row, at: 2 * place, H.self)
                    row = UnsafeBufferPointer(start: next, count: (row.count + 1) / 2)
                    next += row.count
                }
            }
        }
    }

    /// The tree hash of `members`, which these rows are above.
    func root(of members: [Digest]) -> Digest {
        // One of them exists: a node without members has no rows.
        self.digests.last ?? members[0]
    }

    /// The pair at `index` of a row, or what stands there alone.
    private static func joined<H: SHA256Function>(
        _ row: UnsafeBufferPointer<Digest>,
        at index: Int,
        _: H.Type
    ) -> Digest {
        index + 1 < row.count ? NodeHash.pair(row[index], row[index + 1], H.self) : row[index]
    }

    private static func digestsCount(above membersCount: Int) -> Int {
        var (width, sum) = (membersCount, 0)
        while width > 1 {
            width = (width + 1) / 2
            sum += width
        }
        return sum
    }
}
