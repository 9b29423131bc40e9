import TarnTestKit
import Testing

@testable import TarnNotebook

@Suite("Differences of notebooks")
struct DifferenceTests {
    static func notebook(_ commands: [String]) -> Notebook {
        Notebook(name: "n", language: .python, cells: commands.map { NotebookCell(command: $0) })
    }

    /// The length of the longest common subsequence, by the definition.
    static func commonCount(_ old: [Int], _ new: [Int]) -> Int {
        var best = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: old.count + 1)
        for first in old.indices.reversed() {
            for second in new.indices.reversed() {
                best[first][second] =
                    old[first] == new[second]
                    ? best[first + 1][second + 1] + 1 : max(best[first + 1][second], best[first][second + 1])
            }
        }
        return best[0][0]
    }

    @Test("steps rebuild both sequences and keep as much as can be kept")
    func shortest() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<Effort.cases(3_000) {
            let alphabet = random.within(1...6)
            let old = (0..<random.below(20)).map { _ in random.below(alphabet) }
            let new = (0..<random.below(20)).map { _ in random.below(alphabet) }
            var rebuiltOld: [Int] = []
            var rebuiltNew: [Int] = []
            var kept = 0
            for step in SequenceDifference.steps(from: old, to: new) {
                switch step {
                case .kept(let oldIndex, let newIndex):
                    #expect(oldIndex == rebuiltOld.count && newIndex == rebuiltNew.count)
                    #expect(old[oldIndex] == new[newIndex])
                    rebuiltOld.append(old[oldIndex])
                    rebuiltNew.append(new[newIndex])
                    kept += 1
                case .removed(let index): rebuiltOld.append(old[index])
                case .added(let index): rebuiltNew.append(new[index])
                }
            }
            #expect(rebuiltOld == old && rebuiltNew == new, "\(old) \(new)")
            #expect(kept == Self.commonCount(old, new), "\(old) \(new)")
        }
    }

    @Test("sequences with nothing in common are replaced whole")
    func bound() {
        let old = Array(0..<3_000)
        let new = Array(3_000..<6_000)
        let steps = SequenceDifference.steps(from: [-1] + old + [-2], to: [-1] + new + [-2])
        #expect(steps.count == 6_002)
        #expect(steps.first == .kept(old: 0, new: 0) && steps.last == .kept(old: 3_001, new: 3_001))
    }

    @Test("cells are kept, added, removed and changed line by line")
    func cells() {
        let old = Self.notebook(["a", "b1\nb2\nb3", "c", "gone\nfor\ngood"])
        let new = Self.notebook(["a", "new", "b1\nB2\nb3", "c"])
        let lines = [
            LineDifference(.kept, "b1"), LineDifference(.removed, "b2"), LineDifference(.added, "B2"),
            LineDifference(.kept, "b3"),
        ]
        #expect(
            NotebookDifference(from: old, to: new).cells == [
                .kept(old: 0, new: 0), .added(new: 1), .changed(old: 1, new: 2, lines: lines), .kept(old: 2, new: 3),
                .removed(old: 3),
            ]
        )
    }

    @Test("one cell for one, and a changed title, are changes")
    func titles() {
        let old = Self.notebook(["x = 1"])
        var new = old
        #expect(NotebookDifference(from: old, to: new).isEmpty)
        new.cells[0].title = "T"
        #expect(
            NotebookDifference(from: old, to: new).cells == [
                .changed(old: 0, new: 0, lines: [LineDifference(.kept, "x = 1")])
            ]
        )
        new = Self.notebook(["y = 2"])
        let lines = [LineDifference(.removed, "x = 1"), LineDifference(.added, "y = 2")]
        #expect(NotebookDifference(from: old, to: new).cells == [.changed(old: 0, new: 0, lines: lines)])
    }

    @Test("every cell of both versions appears once and in order")
    func complete() {
        for seed in 0..<Effort.cases(1_000) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            let (old, new) = (generator.notebook(), generator.notebook())
            var oldIndices: [Int] = []
            var newIndices: [Int] = []
            for cell in NotebookDifference(from: old, to: new).cells {
                switch cell {
                case .kept(let first, let second), .changed(let first, let second, _):
                    oldIndices.append(first)
                    newIndices.append(second)
                case .removed(let index): oldIndices.append(index)
                case .added(let index): newIndices.append(index)
                }
            }
            #expect(oldIndices == Array(old.cells.indices) && newIndices == Array(new.cells.indices), "seed \(seed)")
        }
    }
}
