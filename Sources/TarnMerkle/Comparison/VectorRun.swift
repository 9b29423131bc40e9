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
