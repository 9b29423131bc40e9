import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

@Suite struct MerkleProofTests {
    @Test(arguments: [0, 1, 2, 5, 40, 300, 3_000])
    func everyPathHasAProof(count: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(count))
        let (model, tree) = generator.forest(count: count)
        var asked = generator.random.shuffled(model.entries.keys.sorted()).prefix(200) + [path("/"), path("/zzz")]
        for (path, _) in model.sorted.prefix(60) { asked.append(NamespacePath(unchecked: path.utf8 + [0x21])) }
        for _ in 0..<100 { asked.append(generator.path()) }
        for path in asked {
            let proof = tree.proof(for: path)
            let expected: ProofOutcome = model.entries[path].map { .included($0) } ?? .absent
            #expect(proof.verify(root: tree.root, path: path, PureSHA256.self) == expected, "\(path)")
            #expect(try MerkleProof(decoding: proof.encoded()) == proof)
        }
    }

    @Test func proofsOfOtherRootsAndPathsShowNothing() {
        var generator = NamespaceGenerator(seed: 9)
        let (model, tree) = generator.forest(count: 400)
        var changed = tree
        changed.apply(generator.edits(count: 5, of: model))
        let paths = model.entries.keys.sorted()
        for index in 1..<paths.count {
            let proof = tree.proof(for: paths[index])
            #expect(Self.isInvalid(proof.verify(root: changed.root, path: paths[index], PureSHA256.self)))
            // What shows an entry shows nothing of another path, nor that the other is absent.
            #expect(Self.isInvalid(proof.verify(root: tree.root, path: paths[index - 1], PureSHA256.self)))
        }
    }

    @Test func absenceNeedsNeighbours() {
        var generator = NamespaceGenerator(seed: 10)
        let (model, tree) = generator.forest(count: 400)
        let paths = model.entries.keys.sorted()
        for index in 1..<(paths.count - 1) {
            var without = tree
            without.apply([TreeEdit(path: paths[index], entry: nil)])
            let proof = without.proof(for: paths[index])
            #expect(proof.verify(root: without.root, path: paths[index], PureSHA256.self) == .absent)
            #expect(Self.isInvalid(proof.verify(root: tree.root, path: paths[index], PureSHA256.self)))
        }
    }

    @Test(arguments: 0..<4)
    func anyFlippedBitIsRejected(seed: Int) {
        var generator = NamespaceGenerator(seed: UInt64(50 + seed))
        let (model, tree) = generator.forest(count: 500)
        let present = generator.random.pick(model.entries.keys.sorted())
        for path in [present, NamespacePath(unchecked: present.utf8 + [0x21])] {
            let proof = tree.proof(for: path)
            let honest = proof.verify(root: tree.root, path: path, PureSHA256.self)
            let bytes = proof.encoded()
            for index in bytes.indices {
                var tampered = bytes
                tampered[index] ^= 1 << UInt8(generator.random.below(8))
                guard let forged = try? MerkleProof(decoding: tampered) else { continue }
                let outcome = forged.verify(root: tree.root, path: path, PureSHA256.self)
                // A flip in what is not hashed (an index that is out of the way) must not change the meaning.
                #expect(Self.isInvalid(outcome) || outcome == honest, "byte \(index)")
                #expect(Self.isInvalid(outcome) || forged == proof, "byte \(index) is not covered")
            }
        }
    }

    @Test func hashesStaySmall() {
        var generator = NamespaceGenerator(seed: 4, vocabularyCount: 60)
        let (model, tree) = generator.forest(count: 20_000)
        for path in model.entries.keys.sorted().prefix(300) {
            #expect(tree.proof(for: path).hashBytesCount <= 1_024)
        }
    }

    @Test(arguments: [[], [2], [1, 3], [1, 0, 99], [1, 0, 0, 1, 14], Array(repeating: UInt8(1), count: 100)])
    func malformedProofsAreRejected(bytes: [UInt8]) {
        #expect(throws: CoreError.self) { try MerkleProof(decoding: bytes) }
    }

    @Test func oddShapesDoNotVerify() {
        var generator = NamespaceGenerator(seed: 11)
        let (model, tree) = generator.forest(count: 200)
        let path = model.sorted[20].0
        let proof = tree.proof(for: path)
        let shapes = [
            MerkleProof(entries: [], left: [], right: [], shared: []),
            MerkleProof(entries: proof.entries, left: [], right: [], shared: []),
            MerkleProof(entries: [], left: [], right: [], shared: proof.shared),
            MerkleProof(entries: proof.entries, left: proof.shared, right: [], shared: proof.shared),
            MerkleProof(entries: proof.entries, left: proof.shared, right: proof.shared, shared: proof.shared),
            MerkleProof(entries: proof.entries, left: [], right: [], shared: Array(proof.shared.dropLast())),
            MerkleProof(entries: proof.entries, left: [], right: [], shared: proof.shared.reversed()),
            MerkleProof(
                entries: [],
                left: [],
                right: [],
                shared: [MerkleProof.Step(level: 0, count: 0, index: 0, hashes: [], summary: nil)]
            ),
            MerkleProof(
                entries: proof.entries,
                left: [],
                right: [],
                shared: [MerkleProof.Step(level: 0, count: 1 << 32, index: 1 << 32, hashes: [], summary: nil)]
            ),
        ]
        for shape in shapes { #expect(Self.isInvalid(shape.verify(root: tree.root, path: path, PureSHA256.self))) }
    }

    private static func isInvalid(_ outcome: ProofOutcome) -> Bool {
        if case .invalid = outcome { true } else { false }
    }
}
