internal import NIOCore
internal import TarnClient
package import TarnCore

/// What makes a report evidence: a receipt of the op that brought it into the log, signed by the datacentres, and a
/// proof that the root in that receipt covers the report's bytes.
package struct DrillSignature: Sendable {
    private static let deadlineMilliseconds = 15_000

    package let op: Op
    /// As `GET /v1/receipts/<op>` answered.
    package let receipt: JSONValue
    /// As `GET /v1/proofs/<path>?at=<op>` answered.
    package let proof: JSONValue

    package init(op: Op, receipt: JSONValue, proof: JSONValue) {
        self.op = op
        self.receipt = receipt
        self.proof = proof
    }

    package init?(json: JSONValue) {
        guard let op = json["op"]?.unsigned, let receipt = json["receipt"], let proof = json["proof"] else {
            return nil
        }
        self.init(op: Op(op), receipt: receipt, proof: proof)
    }

    package var json: JSONValue {
        ["op": .integer(self.op.number), "receipt": self.receipt, "proof": self.proof]
    }

    /// Has the datacentres sign the report that was written as `op`.
    static func make(of id: String, op: Op, cluster: DrillCluster) async throws -> DrillSignature {
        let client = try cluster.client()
        return DrillSignature(
            op: op,
            receipt: try await client.document("/v1/receipts/\(op)", deadlineMilliseconds: Self.deadlineMilliseconds),
            proof: try await client.document(
                "/v1/proofs",
                try DrillDocument.path(of: id),
                query: [("at", op.description)],
                deadlineMilliseconds: Self.deadlineMilliseconds
            )
        )
    }

    /// The receipt of `op`, as the primary makes it.
    static func receipt(of op: Op, from cluster: DrillCluster) async throws -> OfflineReceipt {
        let client = try cluster.client()
        let answer = try await client.get("/v1/receipts/\(op)", deadlineMilliseconds: Self.deadlineMilliseconds)
        return try OfflineReceipt(json: answer.body)
    }

    /// Who signed, and the hash of the content that they signed. Throws what does not hold.
    package func verify(members: [Genesis.Member]) throws -> (holders: [DatacenterID], content: Digest) {
        let receipt = try OfflineReceipt(json: Array(self.receipt.json.utf8))
        let holders = try receipt.verify(members: members)
        guard receipt.receipt.op == self.op else {
            throw DrillError("the receipt is of op \(receipt.receipt.op), the report of op \(self.op)")
        }
        let proof = try OfflineProof(json: Array(self.proof.json.utf8))
        switch proof.verify(root: receipt.receipt.root) {
        case .included(let entry):
            guard !entry.isDirectory else { throw DrillError("the proof is of a directory") }
            return (holders, entry.content)
        case .absent: throw DrillError("the signed root holds no report")
        case .invalid(let reason): throw DrillError("the proof does not hold: \(reason)")
        }
    }
}
