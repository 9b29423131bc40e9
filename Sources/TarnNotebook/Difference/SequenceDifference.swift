/// The shortest way from one sequence to another by removing and adding elements (Myers, 1986), up to a bound.
struct SequenceDifference {
    enum Step: Hashable {
        case kept(old: Int, new: Int)
        case removed(old: Int)
        case added(new: Int)
    }

    /// Removals and additions that are searched for. Sequences further apart are taken as different all through, apart
    /// from their common beginning and end: the search costs the square of it.
    static let editsMax = 400

    /// The steps in order; where both are possible, removals come before additions.
    static func steps<Element: Hashable>(from old: [Element], to new: [Element]) -> [Step] {
        var start = 0
        while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
        var oldEnd = old.count
        var newEnd = new.count
        while oldEnd > start, newEnd > start, old[oldEnd - 1] == new[newEnd - 1] {
            oldEnd -= 1
            newEnd -= 1
        }
        var steps: [Step] = (0..<start).map { .kept(old: $0, new: $0) }
        steps += self.middle(old[start..<oldEnd], new[start..<newEnd])
        steps += (0..<(old.count - oldEnd)).map { .kept(old: oldEnd + $0, new: newEnd + $0) }
        return steps
    }

    private static func middle<Element: Hashable>(_ old: ArraySlice<Element>, _ new: ArraySlice<Element>) -> [Step] {
        guard !old.isEmpty, !new.isEmpty, let frontiers = self.search(old, new) else {
            return old.indices.map { .removed(old: $0) } + new.indices.map { .added(new: $0) }
        }
        var steps: [Step] = []
        var x = old.count
        var y = new.count
        for edits in stride(from: frontiers.count - 1, through: 1, by: -1) {
            let frontier = frontiers[edits - 1]
            let diagonal = x - y
            let isAddition = Self.comesFromAbove(frontier, diagonal: diagonal, edits: edits)
            let before = isAddition ? diagonal + 1 : diagonal - 1
            let beforeX = frontier[before + edits - 1]
            // The edit comes first, the common run behind it.
            let runStart = isAddition ? beforeX : beforeX + 1
            while x > runStart {
                x -= 1
                y -= 1
                steps.append(.kept(old: old.startIndex + x, new: new.startIndex + y))
            }
            if isAddition {
                y -= 1
                steps.append(.added(new: new.startIndex + y))
            } else {
                x -= 1
                steps.append(.removed(old: old.startIndex + x))
            }
        }
        while x > 0 {
            x -= 1
            y -= 1
            steps.append(.kept(old: old.startIndex + x, new: new.startIndex + y))
        }
        return steps.reversed()
    }

    /// For each number of edits how far one gets in `old` on each diagonal, from the lowest up; nil above the bound.
    /// The frontier of d edits has the diagonals from -d to d.
    private static func search<Element: Hashable>(_ old: ArraySlice<Element>, _ new: ArraySlice<Element>) -> [[Int]]? {
        var frontiers: [[Int]] = []
        for edits in 0...min(self.editsMax, old.count + new.count) {
            var frontier = [Int](repeating: -1, count: 2 * edits + 1)
            for diagonal in stride(from: -edits, through: edits, by: 2) {
                var x = 0
                if let before = frontiers.last {
                    x =
                        self.comesFromAbove(before, diagonal: diagonal, edits: edits)
                        ? before[diagonal + 1 + edits - 1] : before[diagonal - 1 + edits - 1] + 1
                }
                var y = x - diagonal
                while x < old.count, y < new.count, old[old.startIndex + x] == new[new.startIndex + y] {
                    x += 1
                    y += 1
                }
                frontier[diagonal + edits] = x
                if x >= old.count, y >= new.count { return frontiers + [frontier] }
            }
            frontiers.append(frontier)
        }
        return nil
    }

    /// Whether the furthest way to `diagonal` with `edits` edits ends in an addition; `before` is the frontier of one
    /// less.
    private static func comesFromAbove(_ before: [Int], diagonal: Int, edits: Int) -> Bool {
        if diagonal == -edits { return true }
        if diagonal == edits { return false }
        return before[diagonal - 1 + edits - 1] < before[diagonal + 1 + edits - 1]
    }
}
