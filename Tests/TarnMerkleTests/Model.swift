import TarnCore
import TarnMerkle
import TarnTestKit

typealias Tree = MerkleTree<PureSHA256>

let testBoundaryKey: [UInt8] = Array(0..<16)

/// The tree's behaviour in its simplest form: a dictionary that is sorted when it is read.
struct Model {
    var entries: [NamespacePath: Entry] = [:]

    var sorted: [(NamespacePath, Entry)] { self.entries.sorted { $0.key < $1.key } }

    mutating func apply(_ edits: [TreeEdit]) {
        for edit in edits { self.entries[edit.path] = edit.entry }
    }

    func children(of directory: NamespacePath) -> [(NamespacePath, Entry)] {
        self.sorted.filter { $0.0.parent == directory }
    }

    func descendants(of directory: NamespacePath) -> [(NamespacePath, Entry)] {
        self.sorted.filter { directory.isAncestor(of: $0.0) }
    }

    func differences(to other: Model) -> [Difference] {
        Set(self.entries.keys).union(other.entries.keys).sorted()
            .filter { self.entries[$0] != other.entries[$0] }
            .map { Difference(path: $0, old: self.entries[$0], new: other.entries[$0]) }
    }
}

extension NamespaceGenerator {
    /// Sorted, unique edits: new paths, and paths of `model` that are replaced or removed.
    mutating func edits(count: Int, of model: Model) -> [TreeEdit] {
        let present = model.entries.keys.sorted()
        var edits: [NamespacePath: TreeEdit] = [:]
        for _ in 0..<count {
            let isOld = !present.isEmpty && self.random.chance(percent: 60)
            let path = isOld ? self.random.pick(present) : self.path()
            let entry = isOld && self.random.chance(percent: 50) ? nil : self.entry()
            edits[path] = TreeEdit(path: path, entry: entry)
        }
        return edits.values.sorted { $0.path < $1.path }
    }

    /// A model of `count` entries and its tree.
    mutating func forest(count: Int) -> (model: Model, tree: Tree) {
        var model = Model()
        for path in self.sortedPaths(count: count) { model.entries[path] = self.entry() }
        return (model, Tree(boundaryKey: testBoundaryKey, sorted: model.sorted))
    }
}

/// A path of a literal that is one.
func path(_ text: String) -> NamespacePath {
    NamespacePath(unchecked: Array(text.utf8))
}

func isEqual(_ left: [(NamespacePath, Entry)], _ right: [(NamespacePath, Entry)]) -> Bool {
    left.elementsEqual(right) { $0.0 == $1.0 && $0.1 == $1.1 }
}
