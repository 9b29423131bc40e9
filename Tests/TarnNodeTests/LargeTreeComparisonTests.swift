import TarnCore
import TarnCrypto
import TarnMerkle
import TarnTestKit
import Testing

@testable import TarnNode
@testable import TarnPeer

/// What comparing two replicas of a million entries costs.
@Suite struct LargeTreeComparisonTests {
    private typealias Tree = MerkleTree<SHA256>

    private static func compare(
        _ one: Tree,
        _ other: Tree
    ) throws -> (
        roundTrips: Int, bytesCount: Int, differences: [Difference]
    ) {
        var comparison = TreeComparison(one, salt: 0)
        var (roundTrips, bytesCount) = (0, 0)
        while let request = comparison.next() {
            let question = CompareBody.encode(
                TreeQuestion(op: Op(1_000_000), root: one.root, salt: 0, request: request)
            )
            let asked = try CompareBody.decode(question)
            let answer = CompareBody.encodeReply(
                other.root == asked.root ? .equal : .different(root: other.root, other.answer(asked.request, salt: 0))
            )
            roundTrips += 1
            bytesCount += question.count + answer.count
            guard case .different(_, let reply) = try CompareBody.decodeReply(answer) else { break }
            try comparison.receive(reply)
        }
        return (roundTrips, bytesCount, comparison.differences.sorted { $0.path < $1.path })
    }

    @Test func `a million entries are compared in one round trip, a thousand differences found in five`() throws {
        let count = 1_000_000
        let entry = try Entry.file(content: SHA256.digest([1]), size: 8_192)
        let paths = (0..<count).map { index in
            NamespacePath(
                unchecked: Array("/workspace/team\(1_000 + index / 1_000)/notebook\(1_000 + index % 1_000).py".utf8)
            )
        }
        let one = Tree(boundaryKey: Array(0..<16), sorted: paths.lazy.map { ($0, entry) })
        #expect(one.count == count)

        let equal = try Self.compare(one, one)
        #expect(equal.roundTrips == 1)
        #expect(equal.bytesCount < 1_024)
        #expect(equal.differences.isEmpty)

        var random = SplitMix64(seed: 7)
        var edits: [NamespacePath: TreeEdit] = [:]
        while edits.count < 1_000 {
            let path = random.pick(paths)
            switch random.below(4) {
            case 0: edits[path] = TreeEdit(path: path, entry: nil)
            case 1:
                let new = NamespacePath(unchecked: path.utf8 + Array(".new".utf8))
                edits[new] = TreeEdit(path: new, entry: entry)
            default:
                let changed = try Entry.file(content: random.digest(), size: 9_000)
                edits[path] = TreeEdit(path: path, entry: changed)
            }
        }
        var other = one
        other.apply(edits.values.sorted { $0.path < $1.path })
        let scattered = try Self.compare(one, other)
        #expect(scattered.roundTrips <= 5)
        #expect(scattered.differences == Tree.diff(one, other))
        #expect(scattered.differences.count == 1_000)
        print(
            "1,000,000 entries: equal in \(equal.roundTrips) round trip, \(equal.bytesCount) bytes; 1,000 scattered "
                + "differences in \(scattered.roundTrips) round trips, \(scattered.bytesCount) bytes"
        )
    }
}
