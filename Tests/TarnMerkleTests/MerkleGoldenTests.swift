import TarnCore
import TarnTestKit
import Testing

@testable import TarnMerkle

/// Roots and nodes that are on disks and in logs: a change here is a change of format (`ops/formats/merkle-index.md`).
@Suite struct MerkleGoldenTests {
    private static func tree(count: Int) throws -> Tree {
        let entries = try (0..<count).map { index in
            let attributes = try Attributes([
                "kind": "notebook", "language": "SQL", "format": "SOURCE", "object_id": String(16_384 + index),
                "created_at": "1700000000000000", "modified_at": "1700000000000000123", "owner": "Zoë",
            ])
            let entry = try Entry.file(
                content: PureSHA256.digest([UInt8(index & 0xff)]),
                size: UInt64(index) * 7,
                attributes: attributes
            )
            return (try NamespacePath("/workspace/main/notebook-\(10_000 + index)"), entry)
        }
        return Tree(boundaryKey: testBoundaryKey, sorted: entries)
    }

    @Test(arguments: [
        (0, "ROOT0"), (1, "ROOT1"), (2, "ROOT2"), (100, "ROOT100"), (5_000, "ROOT5000"),
    ])
    func roots(count: Int, root: String) throws {
        #expect(try Self.tree(count: count).root.hex == root)
    }

    @Test func nodes() throws {
        #expect(Hex.encode(try Self.tree(count: 0).topBytes) == "NODE0")
        #expect(Hex.encode(try Self.tree(count: 2).topBytes) == "NODE2")
        #expect(PureSHA256.digest(try Self.tree(count: 100).topBytes).hex == "NODE100")
    }

    @Test func rootOfTheGenesis() throws {
        #expect(try NamespaceFixture().namespace.tree.root.hex == "GENESIS")
    }

    @Test func proof() throws {
        let tree = try Self.tree(count: 5_000)
        let proof = tree.proof(for: path("/workspace/main/notebook-12345"))
        #expect(PureSHA256.digest(proof.encoded()).hex == "PROOF")
    }

    /// The hashes from their definition, written out by hand for two entries in one leaf.
    @Test func rootOfTwoEntriesFollowsTheDefinition() throws {
        let keys = [path("/workspace/a"), path("/workspace/b")]
        let leaves = keys.map { key in
            PureSHA256.digest([0x00, UInt8(key.utf8.count)] + key.utf8 + [1, 0])
        }
        let tree = PureSHA256.digest([0x01] + leaves[0].bytes + leaves[1].bytes)
        let expected = PureSHA256.digest([0x02, 0x00, 0x02] + tree.bytes)
        let rule = BoundaryRule(key: testBoundaryKey)
        #expect(rule.closedLevels(after: keys[0].utf8) == 0)
        #expect(Tree(boundaryKey: testBoundaryKey, sorted: keys.map { ($0, .directory()) }).root == expected)
    }

    /// A tree of two leaves, its inner node written out by hand.
    @Test func rootOfTwoLeavesFollowsTheDefinition() throws {
        let rule = BoundaryRule(key: testBoundaryKey)
        let names = (0..<1_000).map { path("/workspace/\(1_000 + $0)") }
        let first = try #require(names.first { rule.closedLevels(after: $0.utf8) == 1 })
        let second = path("/workspace/z")
        let leaves = [first, second].map { key in
            PureSHA256.digest(
                [0x02, 0x00, 0x01] + PureSHA256.digest([0x00, UInt8(key.utf8.count)] + key.utf8 + [1, 0]).bytes
            )
        }
        let children = zip([first, second], leaves).map { key, leaf in
            PureSHA256.digest(
                [0x00] + PureSHA256.digest(key.utf8).bytes + leaf.bytes + [0, 0, 0, 0, 0, 0, 0, 1] + [
                    0, 0, 0, 0, 0, 0, 0, 0,
                ]
            )
        }
        let tree = PureSHA256.digest([0x01] + children[0].bytes + children[1].bytes)
        let expected = PureSHA256.digest([0x02, 0x01, 0x02] + tree.bytes)
        #expect(
            Tree(boundaryKey: testBoundaryKey, sorted: [(first, .directory()), (second, .directory())]).root == expected
        )
    }

    @Test func boundariesFollowTheKeyAlone() {
        let rule = BoundaryRule(key: testBoundaryKey)
        let function = SipHash(key: testBoundaryKey)
        var counts = [0, 0, 0, 0]
        for index in 0..<40_000 {
            let key = Array("/workspace/\(index)".utf8)
            let closed = rule.closedLevels(after: key)
            let hash = function.hash(key)
            for level in 0..<3 {
                let mask: UInt64 = 1 << UInt64(5 * (level + 1)) - 1
                #expect((hash & mask == 0) == (closed > level))
            }
            counts[min(closed, 3)] += 1
        }
        // One key in 32 ends a leaf, one in 1,024 a node above it.
        #expect((1_100...1_400).contains(counts[1] + counts[2] + counts[3]))
        #expect((20...60).contains(counts[2] + counts[3]))
    }
}
