import TarnCore
import TarnTestKit
import Testing

@testable import TarnMerkle

@Suite("Edits in place make the nodes that building anew makes")
struct InPlaceEditTests {
    @Test("after any edits, node by node", arguments: 0..<8)
    func sameNodes(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(7_000 + seed), vocabularyCount: 6)
        var (model, tree) = generator.forest(count: generator.random.within(1...3_000))
        var inPlaceCount = 0
        let rounds = 250
        for round in 0..<rounds {
            let edits = generator.edits(count: generator.random.within(1...3), of: model)
            model.apply(edits)
            var rebuilt = tree
            rebuilt.rebuild(edits)
            if let edited = tree.editedInPlace(edits) {
                Self.expectSame(edited.top, rebuilt.top, "seed \(seed), round \(round)")
                inPlaceCount += 1
            } else {
                let last = model.entries.keys.max()
                let isEndTouched = edits.contains { edit in
                    tree.rule.closedLevels(after: edit.path.utf8) > 0 || (last ?? edit.path) <= edit.path
                }
                #expect(isEndTouched, "seed \(seed), round \(round): \(edits.map(\.path)) move no end")
            }
            tree.apply(edits)
            Self.expectSame(tree.top, rebuilt.top, "seed \(seed), round \(round)")
        }
        #expect(inPlaceCount > rounds / 2)
        #expect(tree.root == Tree(boundaryKey: testBoundaryKey, sorted: model.sorted).root)
    }

    @Test("in a leaf of any size, at its start, inside and at its end")
    func everyPlace() {
        for count in 1...40 {
            let paths = (0..<count).map { path("/workspace/file-\($0 / 10)\($0 % 10)") }
            let tree = Tree(boundaryKey: testBoundaryKey, sorted: paths.map { ($0, Self.file(1, size: 5)) })
            for place in paths {
                for text in ["\(place)", "\(place)!", "\(place)/x", String("\(place)".dropLast())] {
                    for entry in [nil, Self.file(2, size: 7), .directory()] {
                        let edits = [TreeEdit(path: path(text), entry: entry)]
                        guard let edited = tree.editedInPlace(edits) else { continue }
                        var rebuilt = tree
                        rebuilt.rebuild(edits)
                        Self.expectSame(edited.top, rebuilt.top, "\(count) entries, \(edits)")
                    }
                }
            }
        }
    }

    @Test("rows of hashes follow members that are exchanged, added and removed")
    func rows() {
        var random = SplitMix64(seed: 3)
        for count in 1...70 {
            var members = (0..<count).map { _ in PureSHA256.digest(random.bytes(8)) }
            var rows = HashRows(members, PureSHA256.self)
            for round in 0..<40 {
                let index = random.below(members.count)
                let older = members.count
                switch round % 4 {
                case 0, 1:
                    members[index] = PureSHA256.digest(random.bytes(8))
                    rows = HashRows(members, replacing: index, of: rows, PureSHA256.self)
                case 2:
                    members.insert(PureSHA256.digest(random.bytes(8)), at: index)
                    rows = HashRows(members, older: rows, olderCount: older, sameCount: index, PureSHA256.self)
                default:
                    members.remove(at: index)
                    rows = HashRows(members, older: rows, olderCount: older, sameCount: index, PureSHA256.self)
                }
                #expect(rows.root(of: members) == NodeHash.tree(members[...], PureSHA256.self), "\(members.count)")
            }
        }
    }

    private static func file(_ seed: UInt8, size: UInt64) -> Entry {
        do {
            return try .file(content: PureSHA256.digest([seed]), size: size)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static func expectSame(_ one: TreeNode, _ other: TreeNode, _ comment: Comment) {
        #expect(one.digest == other.digest && one.childHash == other.childHash, comment)
        #expect(one.level == other.level && one.lastKey == other.lastKey, comment)
        #expect(one.closedLevels == other.closedLevels && one.records == other.records, comment)
        #expect(one.hashes == other.hashes && one.children.count == other.children.count, comment)
        #expect(one.entryCount == other.entryCount && one.contentBytesCount == other.contentBytesCount, comment)
        for (left, right) in zip(one.children, other.children) where left !== right {
            Self.expectSame(left, right, comment)
        }
    }
}
