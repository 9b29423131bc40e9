internal import TarnCore

/// Audit hashes for neighbours inside one node's tree hash: what is needed to compute it from one or two of its
/// members.
enum RangeProof<H: SHA256Function> {
    /// The hashes of the greatest subtrees that hold none of `shown`, from left to right.
    static func hashes(of members: [Digest], except shown: Range<Int>) -> [Digest] {
        var out: [Digest] = []
        Self.collect(members, 0..<members.count, except: shown, into: &out)
        return out
    }

    /// The tree hash of `count` members of which those from `index` on are `shown`; nil when `hashes` are not as many
    /// as it takes.
    static func tree(count: Int, index: Int, shown: [Digest], hashes: [Digest]) -> Digest? {
        if count == 0 { return shown.isEmpty && hashes.isEmpty ? NodeHash.tree([], H.self) : nil }
        guard !shown.isEmpty, index >= 0, index <= count - shown.count else { return nil }
        var rest = hashes[...]
        let tree = Self.rebuild(0..<count, index: index, shown: shown, hashes: &rest)
        return rest.isEmpty ? tree : nil
    }

    private static func collect(
        _ members: [Digest],
        _ range: Range<Int>,
        except shown: Range<Int>,
        into out: inout [Digest]
    ) {
        guard range.overlaps(shown) else {
            out.append(NodeHash.tree(members[range], H.self))
            return
        }
        guard range.count > 1 else { return }
        let middle = Self.middle(of: range)
        Self.collect(members, range.lowerBound..<middle, except: shown, into: &out)
        Self.collect(members, middle..<range.upperBound, except: shown, into: &out)
    }

    private static func rebuild(
        _ range: Range<Int>,
        index: Int,
        shown: [Digest],
        hashes: inout ArraySlice<Digest>
    ) -> Digest? {
        guard range.overlaps(index..<index + shown.count) else { return hashes.popFirst() }
        guard range.count > 1 else { return shown[range.lowerBound - index] }
        let middle = Self.middle(of: range)
        guard
            let left = Self.rebuild(range.lowerBound..<middle, index: index, shown: shown, hashes: &hashes),
            let right = Self.rebuild(middle..<range.upperBound, index: index, shown: shown, hashes: &hashes)
        else { return nil }
        return NodeHash.pair(left, right, H.self)
    }

    /// Where RFC 6962 splits: at the greatest power of two below the count.
    private static func middle(of range: Range<Int>) -> Int {
        range.lowerBound + 1 << (Int.bitWidth - 1 - (range.count - 1).leadingZeroBitCount)
    }
}
