import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

@Suite struct MerkleDiffTests {
    @Test(arguments: 0..<10)
    func differencesAgreeWithTheModel(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(seed))
        let (old, oldTree) = generator.forest(count: generator.random.below(900))
        var new = old
        var newTree = oldTree
        for _ in 0..<generator.random.within(1...4) {
            let edits = generator.edits(count: generator.random.within(1...60), of: new)
            new.apply(edits)
            newTree.apply(edits)
        }
        let expected = old.differences(to: new)
        #expect(Tree.diff(oldTree, newTree) == expected, "seed \(seed)")
        #expect(Tree.diff(newTree, oldTree) == new.differences(to: old), "seed \(seed)")
        #expect(Tree.diff(oldTree, newTree, limit: 3) == Array(expected.prefix(3)), "seed \(seed)")
        if let middle = expected.dropFirst(expected.count / 2).first {
            let behind = expected.filter { middle.path < $0.path }
            #expect(Tree.diff(oldTree, newTree, after: middle.path) == behind, "seed \(seed)")
        }
        #expect(Tree.diff(newTree, newTree).isEmpty)
    }

    @Test func differenceToTheEmptyTreeIsEverything() {
        var generator = NamespaceGenerator(seed: 42)
        let (model, tree) = generator.forest(count: 300)
        let empty = Tree(boundaryKey: testBoundaryKey)
        #expect(Tree.diff(empty, tree).map(\.path) == model.sorted.map(\.0))
        #expect(Tree.diff(tree, empty).allSatisfy { $0.new == nil && $0.old != nil })
    }

    @Test func unrelatedTreesDifferEverywhere() {
        var generator = NamespaceGenerator(seed: 43)
        let (one, oneTree) = generator.forest(count: 500)
        let (other, otherTree) = generator.forest(count: 20)
        #expect(Tree.diff(oneTree, otherTree) == one.differences(to: other))
    }
}
