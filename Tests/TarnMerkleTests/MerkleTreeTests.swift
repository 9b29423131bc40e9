import TarnCore
import TarnTestKit
import Testing

@testable import TarnMerkle

@Suite struct MerkleTreeTests {
    @Test func emptyTreeHasNothing() {
        let tree = Tree(boundaryKey: testBoundaryKey)
        #expect(tree.count == 0 && tree.contentBytesCount == 0)
        #expect(tree[path("/workspace/a")] == nil)
        #expect(tree.children(of: .root).isEmpty)
        #expect(tree.summary(of: .root) == (0, 0))
        #expect(tree.root == Tree(boundaryKey: testBoundaryKey, sorted: []).root)
    }

    @Test(arguments: [1, 2, 31, 33, 1_000, 5_000])
    func bulkBuildHoldsWhatItWasGiven(count: Int) {
        var generator = NamespaceGenerator(seed: UInt64(count))
        let (model, tree) = generator.forest(count: count)
        #expect(tree.count == count)
        #expect(tree.contentBytesCount == model.entries.values.reduce(0) { $0 + $1.size })
        for (path, entry) in model.entries { #expect(tree[path] == entry) }
        for _ in 0..<100 {
            let path = generator.path()
            #expect(tree[path] == model.entries[path])
            #expect(tree.contains(path) == (model.entries[path] != nil))
        }
    }

    @Test(arguments: 0..<12)
    func randomEditsAgreeWithTheModel(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(seed), vocabularyCount: 6)
        var (model, tree) = generator.forest(count: generator.random.below(400))
        for round in 0..<30 {
            let edits = generator.edits(count: generator.random.within(1...80), of: model)
            model.apply(edits)
            tree.apply(edits)
            let rebuilt = Tree(boundaryKey: testBoundaryKey, sorted: model.sorted)
            #expect(tree.root == rebuilt.root, "seed \(seed), round \(round)")
            #expect(tree.count == model.entries.count)
            for edit in edits { #expect(tree[edit.path] == edit.entry, "seed \(seed), round \(round), \(edit.path)") }
        }
        tree.apply(model.sorted.map { TreeEdit(path: $0.0, entry: nil) })
        #expect(tree.root == Tree(boundaryKey: testBoundaryKey).root, "seed \(seed)")
    }

    @Test(arguments: 0..<6)
    func anyOrderAndBatchingGivesTheSameRoot(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(1_000 + seed))
        let (model, whole) = generator.forest(count: 700)
        var tree = Tree(boundaryKey: testBoundaryKey)
        var rest = generator.random.shuffled(model.sorted)
        while !rest.isEmpty {
            let batch = rest.prefix(generator.random.within(1...90)).sorted { $0.0 < $1.0 }
            rest.removeFirst(batch.count)
            // Something that comes and goes leaves no trace.
            let passing = path("/workspace/passing-\(rest.count)")
            tree.apply(
                (batch.map { TreeEdit(path: $0.0, entry: $0.1) } + [TreeEdit(path: passing, entry: .directory())])
                    .sorted { $0.path < $1.path }
            )
            tree.apply([TreeEdit(path: passing, entry: nil)])
        }
        #expect(tree.root == whole.root, "seed \(seed)")
        #expect(tree.root != Tree(boundaryKey: testBoundaryKey.reversed(), sorted: model.sorted).root)
    }

    @Test func copiesAreIndependent() {
        var generator = NamespaceGenerator(seed: 5)
        let (model, tree) = generator.forest(count: 500)
        var copy = tree
        copy.apply(generator.edits(count: 50, of: model))
        #expect(copy.root != tree.root)
        #expect(tree.root == Tree(boundaryKey: testBoundaryKey, sorted: model.sorted).root)
    }

    @Test(arguments: 0..<5)
    func scansAndListingsAgreeWithTheModel(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(2_000 + seed), vocabularyCount: 4)
        let (model, tree) = generator.forest(count: 800)
        let sorted = model.sorted
        for _ in 0..<60 {
            let start = generator.path().utf8
            let end = generator.random.chance(percent: 70) ? generator.path().utf8 : nil
            let limit = generator.random.within(0...50)
            let expected = sorted.filter { entry in
                !Bytes.isLess(entry.0.utf8, start) && (end.map { Bytes.isLess(entry.0.utf8, $0) } ?? true)
            }
            var found: [(NamespacePath, Entry)] = []
            tree.scan(from: start, below: end, limit: limit) { path, entry in
                found.append((path, entry))
                return true
            }
            #expect(isEqual(found, Array(expected.prefix(limit))), "seed \(seed)")

            let directory = generator.random.pick(sorted).0.parent ?? .root
            #expect(isEqual(tree.children(of: directory), model.children(of: directory)), "seed \(seed), \(directory)")
            var summaries: [String] = []
            tree.forEachChild(of: directory) { name, entry in
                summaries.append("\(String(decoding: name, as: UTF8.self)) \(entry)")
            }
            let children = model.children(of: directory).map { "\($0.0.name) \(EntrySummary($0.1))" }
            #expect(summaries == children, "seed \(seed), \(directory)")
            let below = model.descendants(of: directory)
            #expect(isEqual(tree.descendants(of: directory), below), "seed \(seed), \(directory)")
            let summary = tree.summary(of: directory)
            #expect(summary == (below.count, below.reduce(0) { $0 + $1.1.size }), "seed \(seed), \(directory)")
        }
        #expect(tree.summary(of: .root).count == 800)
    }

    @Test func pagesOfListingsAddUp() {
        var generator = NamespaceGenerator(seed: 77, vocabularyCount: 40, depthMax: 2)
        let (model, tree) = generator.forest(count: 900)
        let directory = path("/workspace")
        var names: [NamespacePath] = []
        while case let page = tree.children(of: directory, after: names.last?.name, limit: 7), !page.isEmpty {
            names += page.map(\.0)
        }
        #expect(names == model.children(of: directory).map(\.0))
        var below: [NamespacePath] = []
        while case let page = tree.descendants(of: directory, after: below.last, limit: 11), !page.isEmpty {
            below += page.map(\.0)
        }
        #expect(below == model.descendants(of: directory).map(\.0))
    }

    @Test func scanStopsWhenAskedTo() {
        var generator = NamespaceGenerator(seed: 3)
        let (_, tree) = generator.forest(count: 100)
        var count = 0
        tree.scan(from: [], below: nil, limit: .max) { _, _ in
            count += 1
            return count < 10
        }
        #expect(count == 10)
    }

    @Test(arguments: 0..<8)
    func removingARangeEqualsRemovingItsEntries(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(3_000 + seed))
        let (model, tree) = generator.forest(count: 600)
        for _ in 0..<20 {
            let ends = [generator.path().utf8, generator.path().utf8].sorted { Bytes.isLess($0, $1) }
            var removed = tree
            removed.remove(from: ends[0], below: ends[1])
            let rest = model.sorted.filter { Bytes.isLess($0.0.utf8, ends[0]) || !Bytes.isLess($0.0.utf8, ends[1]) }
            #expect(removed.root == Tree(boundaryKey: testBoundaryKey, sorted: rest).root, "seed \(seed)")
        }
        var none = tree
        none.remove(from: [], below: [0xff])
        #expect(none.count == 0)
    }
}
