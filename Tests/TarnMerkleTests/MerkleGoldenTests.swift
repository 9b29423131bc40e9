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
        (0, "4d61c44389b39e0163b05c2826c23b84439a4d4961214e82dc0fbe66660101b1"),
        (1, "2763aeefdfa0f5d102688339b6a341c08ccb79d1ec36eda235f235d9e9f5a23a"),
        (2, "93cabaaf2d917cbf0f885495aeefe1f6217bd1ef60c63717c849ed3011358f24"),
        (100, "838020d5cb5a24c2f37482d6dc0b3f08094798a6e68836b84f3e6c7f2c92c452"),
        (5_000, "0e4931f8c3bd2e82203c03153385905af9dd37b1b8965c7284f568d605704c48"),
    ])
    func roots(count: Int, root: String) throws {
        let actual = try Self.tree(count: count).root.hex
        #expect(actual == root)
    }

    @Test func nodes() throws {
        let actualNode0 = Hex.encode(try Self.tree(count: 0).topBytes)
        #expect(actualNode0 == "010000")
        let actualNode2 = Hex.encode(try Self.tree(count: 2).topBytes)
        let expectedNode2 =
            "010002001e2f776f726b73706163652f6d61696e2f6e6f7465626f6f6b2d3130303030481d6e340b9cffb37a989ca544"
            + "e6bb780a2c78901d3fb33738768511a30617afa01d00078080f9c0c1c482030e0f130bfb80a8b1e39fe7cb170c808001"
            + "00056f776e6572045a6fc3ab1d0131481d4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c778545"
            + "9a07078080f9c0c1c482030e0f130bfb80a8b1e39fe7cb170c81800100056f776e6572045a6fc3ab"
        #expect(actualNode2 == expectedNode2)
        let actualNode100 = PureSHA256.digest(try Self.tree(count: 100).topBytes).hex
        #expect(actualNode100 == "f61f87099ec3884c408cab2250e2992bcac661934b22c9a153a1dd93ad3014ac")
    }

    @Test func rootOfTheGenesis() throws {
        let actualGenesis = try NamespaceFixture().namespace.tree.root.hex
        #expect(actualGenesis == "c9b0480e43f47cd12f6a5ce3566817da541e5e5895c6fe6e70cf868ce2d92ce7")
    }

    @Test func proof() throws {
        let tree = try Self.tree(count: 5_000)
        let proof = tree.proof(for: path("/workspace/main/notebook-12345"))
        let actualProof = PureSHA256.digest(proof.encoded()).hex
        #expect(actualProof == "d95f574b35325cab6200731b51d5492f3080da59ec48fd6deceb9fd190f11a59")
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
