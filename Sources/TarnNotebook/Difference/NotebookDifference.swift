/// What differs between two versions of a notebook, cell by cell.
///
/// Cells are compared by their text and title. Outputs and metadata do not count.
package struct NotebookDifference: Hashable, Sendable {
    package enum Cell: Hashable, Sendable {
        /// Index in the old and in the new notebook.
        case kept(old: Int, new: Int)
        case removed(old: Int)
        case added(new: Int)
        /// A cell that is still recognised as the same, with the lines of its text.
        case changed(old: Int, new: Int, lines: [LineDifference])
    }

    /// Every cell of both versions, in order.
    package let cells: [Cell]

    package init(from old: Notebook, to new: Notebook) {
        var cells: [Cell] = []
        var removed: [Int] = []
        var added: [Int] = []
        func closeGap() {
            cells += Self.pair(removed, of: old, with: added, of: new)
            removed = []
            added = []
        }
        let steps = SequenceDifference.steps(from: old.cells.map(CellText.init), to: new.cells.map(CellText.init))
        for step in steps {
            switch step {
            case .kept(let oldIndex, let newIndex):
                closeGap()
                cells.append(.kept(old: oldIndex, new: newIndex))
            case .removed(let index): removed.append(index)
            case .added(let index): added.append(index)
            }
        }
        closeGap()
        self.cells = cells
    }

    package var isEmpty: Bool {
        self.cells.allSatisfy {
            if case .kept = $0 { true } else { false }
        }
    }

    private struct CellText: Hashable {
        let command: [UInt8]
        let title: [UInt8]
        let showsTitle: Bool

        init(_ cell: NotebookCell) {
            self.command = Array(cell.command.utf8)
            self.title = Array(cell.title.utf8)
            self.showsTitle = cell.showsTitle
        }
    }

    /// Larger gaps than this many times this many cells are paired by place alone.
    private static let gapCellsMax = 40
    /// The share of common lines from which on two cells are taken for versions of one.
    private static let similarityMin = 0.4

    /// What lies between two kept cells: pairs of similar cells in order, and what is left of both.
    private static func pair(_ removed: [Int], of old: Notebook, with added: [Int], of new: Notebook) -> [Cell] {
        guard !removed.isEmpty, !added.isEmpty else {
            return removed.map { .removed(old: $0) } + added.map { .added(new: $0) }
        }
        var cells: [Cell] = []
        var nextRemoved = 0
        var nextAdded = 0
        for (first, second) in self.matches(removed.map { old.cells[$0] }, added.map { new.cells[$0] }) {
            cells += removed[nextRemoved..<first].map { .removed(old: $0) }
            cells += added[nextAdded..<second].map { .added(new: $0) }
            let (oldIndex, newIndex) = (removed[first], added[second])
            let lines = LineDifference.lines(from: old.cells[oldIndex].command, to: new.cells[newIndex].command)
            cells.append(.changed(old: oldIndex, new: newIndex, lines: lines))
            nextRemoved = first + 1
            nextAdded = second + 1
        }
        return cells + removed[nextRemoved...].map { .removed(old: $0) } + added[nextAdded...].map { .added(new: $0) }
    }

    /// Pairs of indices, both rising, with the greatest sum of similarities.
    private static func matches(_ old: [NotebookCell], _ new: [NotebookCell]) -> [(Int, Int)] {
        // One cell for one is a change, however short the cell; in a large gap the place has to do.
        guard old.count > 1 || new.count > 1, old.count <= self.gapCellsMax, new.count <= self.gapCellsMax else {
            return (0..<min(old.count, new.count)).map { ($0, $0) }
        }
        let oldLines = old.map(self.lineCounts)
        let newLines = new.map(self.lineCounts)
        // best[i][j] is the greatest sum for the cells from i and from j on.
        var best = [[Double]](repeating: [Double](repeating: 0, count: new.count + 1), count: old.count + 1)
        var similarities = best
        for first in old.indices.reversed() {
            for second in new.indices.reversed() {
                let similarity = self.similarity(oldLines[first], newLines[second])
                similarities[first][second] = similarity
                let paired = similarity >= self.similarityMin ? similarity + best[first + 1][second + 1] : 0
                best[first][second] = max(paired, best[first + 1][second], best[first][second + 1])
            }
        }
        var pairs: [(Int, Int)] = []
        var first = 0
        var second = 0
        while first < old.count, second < new.count {
            let similarity = similarities[first][second]
            if similarity >= self.similarityMin, best[first][second] == similarity + best[first + 1][second + 1] {
                pairs.append((first, second))
                first += 1
                second += 1
            } else if best[first][second] == best[first + 1][second] {
                first += 1
            } else {
                second += 1
            }
        }
        return pairs
    }

    private static func lineCounts(_ cell: NotebookCell) -> [ArraySlice<UInt8>: Int] {
        var counts: [ArraySlice<UInt8>: Int] = [:]
        for line in LineDifference.byteLines(of: cell.command) where !line.isEmpty { counts[line, default: 0] += 1 }
        return counts
    }

    /// Twice the common lines over all lines; 1 for the same text under another title.
    private static func similarity(_ old: [ArraySlice<UInt8>: Int], _ new: [ArraySlice<UInt8>: Int]) -> Double {
        let total = old.values.reduce(0, +) + new.values.reduce(0, +)
        guard total > 0 else { return 1 }
        let common = old.reduce(0) { $0 + min($1.value, new[$1.key] ?? 0) }
        return 2 * Double(common) / Double(total)
    }
}
