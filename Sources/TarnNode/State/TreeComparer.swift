internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnPeer

/// Compares this node's tree with that of a member, and answers members that compare theirs: on an executor of its own,
/// because trees are large.
actor TreeComparer {
    /// Comparisons of the same two trees before their differences must explain both roots.
    private static let attemptsMax: UInt64 = 3
    /// Questions of one comparison: trees that have nothing in common take this many for 100 million entries.
    private static let questionsMax = 10_000

    /// What a comparison found and what it cost.
    struct Outcome: Sendable {
        let differences: [Difference]
        /// The tree with the differences applied: the member's.
        let tree: MerkleTree<SHA256>
        let roundTripsCount: Int
        /// Bytes of questions and answers.
        let bytesCount: Int
    }

    private let executor = QueueExecutor(label: "tarn.compare")

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// Answers one question from `tree`.
    func answer(_ question: TreeQuestion, from tree: MerkleTree<SHA256>) -> TreeAnswer {
        if tree.root == question.root { return .equal }
        return .different(root: tree.root, tree.answer(question.request, salt: question.salt))
    }

    /// Finds where `tree`, this node's at `op`, differs from the member's. Throws ``NodeError`` `internalError` when
    /// what the member says does not explain its root, and what the client throws.
    func compare(_ tree: MerkleTree<SHA256>, at op: Op, with client: PeerClient) async throws -> Outcome {
        var roundTrips = 0
        var bytesCount = 0
        for salt in 0..<Self.attemptsMax {
            var comparison = TreeComparison(tree, salt: salt)
            var theirs: Digest?
            while let request = comparison.next() {
                guard roundTrips < Self.questionsMax else {
                    throw NodeError(.internalError, "over \(Self.questionsMax) questions do not tell two trees apart")
                }
                roundTrips += 1
                let question = TreeQuestion(op: op, root: tree.root, salt: salt, request: request)
                let (answer, count) = try await client.compare(question)
                bytesCount += count
                guard case .different(let root, let reply) = answer else {
                    return Outcome(differences: [], tree: tree, roundTripsCount: roundTrips, bytesCount: bytesCount)
                }
                theirs = root
                try comparison.receive(reply)
            }
            let differences = comparison.differences.sorted { $0.path < $1.path }
            var repaired = tree
            repaired.apply(differences.map { TreeEdit(path: $0.path, entry: $0.new) })
            guard repaired.root == theirs else { continue }
            return Outcome(
                differences: differences,
                tree: repaired,
                roundTripsCount: roundTrips,
                bytesCount: bytesCount
            )
        }
        throw NodeError(.internalError, "what \(client.peer) says about its tree does not explain its root")
    }
}
