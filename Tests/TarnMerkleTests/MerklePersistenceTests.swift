import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

@Suite struct MerklePersistenceTests {
    private struct Missing: Error, Equatable {}

    /// Nodes by hash, as a store holds them.
    private struct NodeStore {
        var nodes: [Digest: [UInt8]] = [:]

        mutating func save(_ tree: Tree, notIn base: Tree? = nil) -> Int {
            var count = 0
            tree.forEachNode(notIn: base) { digest, bytes in
                self.nodes[digest] = bytes
                count += 1
                return true
            }
            return count
        }

        func load(_ root: Digest, reusing base: Tree? = nil) throws -> Tree {
            try Tree.load(root: root, boundaryKey: testBoundaryKey, reusing: base) { digest in
                guard let bytes = self.nodes[digest] else { throw Missing() }
                return bytes
            }
        }
    }

    @Test(arguments: [0, 1, 30, 2_000])
    func savedTreesLoadAgain(count: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(count))
        let (model, tree) = generator.forest(count: count)
        var store = NodeStore()
        let saved = store.save(tree)
        #expect(store.nodes.count == saved)
        let loaded = try store.load(tree.root)
        #expect(loaded.root == tree.root && loaded.count == count)
        #expect(loaded.contentBytesCount == tree.contentBytesCount)
        #expect(isEqual(loaded.descendants(of: .root), model.sorted))
        var again = NodeStore()
        _ = again.save(loaded)
        #expect(again.nodes == store.nodes)
    }

    @Test func onlyNewNodesAreSaved() throws {
        var generator = NamespaceGenerator(seed: 8)
        var (model, tree) = generator.forest(count: 3_000)
        var store = NodeStore()
        let whole = store.save(tree)
        for _ in 0..<10 {
            let base = tree
            let edits = generator.edits(count: 5, of: model)
            model.apply(edits)
            tree.apply(edits)
            let saved = store.save(tree, notIn: base)
            #expect(saved > 0 && saved < whole / 3)
            #expect(try store.load(tree.root).count == model.entries.count)
            // With the older tree at hand only what was saved is asked for.
            var asked = 0
            _ = try Tree.load(root: tree.root, boundaryKey: testBoundaryKey, reusing: base) { digest in
                asked += 1
                return try #require(store.nodes[digest])
            }
            #expect(asked <= saved)
        }
        #expect(store.save(tree, notIn: tree) == 0)
    }

    @Test func peersCanWalkNodesByHash() throws {
        var generator = NamespaceGenerator(seed: 12)
        let (model, base) = generator.forest(count: 2_000)
        var tree = base
        tree.apply(generator.edits(count: 8, of: model))
        // A receiver that has `base` asks for the nodes it lacks, level by level.
        var fetched: [Digest: [UInt8]] = [tree.root: tree.topBytes]
        var frontier = [tree.topBytes]
        while !frontier.isEmpty {
            var next: [[UInt8]] = []
            for bytes in frontier {
                let image = try NodeImage(decoding: bytes)
                for child in image.children where !base.contains(child, level: image.level - 1) {
                    let found = tree.nodeBytes(level: image.level - 1, lastKey: child.lastKey, digest: child.digest)
                    let bytes = try #require(found)
                    fetched[child.digest] = bytes
                    next.append(bytes)
                }
            }
            frontier = next
        }
        let loaded = try Tree.load(root: tree.root, boundaryKey: testBoundaryKey, reusing: base) { digest in
            try #require(fetched[digest])
        }
        #expect(loaded.root == tree.root)
        #expect(Tree.diff(loaded, tree).isEmpty)
    }

    @Test func missingNodesAreTheSourcesError() {
        var generator = NamespaceGenerator(seed: 13)
        let (_, tree) = generator.forest(count: 200)
        #expect(throws: Missing()) { try NodeStore().load(tree.root) }
    }

    @Test(arguments: 0..<4)
    func anyFlippedBitIsFound(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(300 + seed))
        let (_, tree) = generator.forest(count: 150)
        var store = NodeStore()
        _ = store.save(tree)
        for digest in store.nodes.keys.sorted() {
            for _ in 0..<80 {
                var damaged = store
                let index = generator.random.below(store.nodes[digest]?.count ?? 1)
                damaged.nodes[digest]?[index] ^= 1 << UInt8(generator.random.below(8))
                #expect(throws: MerkleError.self, "seed \(seed), node \(digest), byte \(index)") {
                    do { _ = try damaged.load(tree.root) } catch is Missing {
                        throw MerkleError(.wrongHash, node: digest, "")
                    }
                }
            }
            var cut = store
            cut.nodes[digest]?.removeLast()
            #expect(throws: MerkleError.self) { try cut.load(tree.root) }
            cut.nodes[digest] = (store.nodes[digest] ?? []) + [0]
            #expect(throws: MerkleError.self) { try cut.load(tree.root) }
        }
    }

    @Test func nodesOfAnotherBoundaryKeyAreRejected() {
        var generator = NamespaceGenerator(seed: 21)
        let (_, tree) = generator.forest(count: 500)
        var store = NodeStore()
        _ = store.save(tree)
        let error = #expect(throws: MerkleError.self) {
            try Tree.load(root: tree.root, boundaryKey: testBoundaryKey.reversed()) { store.nodes[$0] ?? [] }
        }
        #expect(error?.code == .wrongBoundary)
    }

    @Test(arguments: [
        [UInt8](), [1], [2, 0, 0], [1, 13, 0], [1, 0, 200, 1], [1, 1, 0], [1, 0, 0, 0],
        [1, 0, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ])
    func malformedNodesAreRejected(bytes: [UInt8]) {
        #expect(throws: MerkleError.self) {
            try Tree.load(root: .zero, boundaryKey: testBoundaryKey) { _ in bytes }
        }
    }

    @Test func aCallerMayStopSaving() {
        var generator = NamespaceGenerator(seed: 31)
        let (_, tree) = generator.forest(count: 1_000)
        var count = 0
        tree.forEachNode(notIn: nil) { _, _ in
            count += 1
            return count < 5
        }
        #expect(count == 5)
    }
}
