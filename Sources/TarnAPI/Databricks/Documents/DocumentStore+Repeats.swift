internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Documents whose ids this API makes. Who sends a request again under its number, because the first answer was lost, is
/// told the id that was made then: the one that was made for this answer was never stored.
extension DocumentStore {
    /// Has `commit` store `value` as the new document `id` of `kind`, and returns what is stored: of a request that had
    /// committed before, the document that it made then. Throws what `commit` throws, and ``DatabricksError``
    /// `RESOURCE_CONFLICT` for a request that did something else before.
    func creating(
        _ kind: String,
        _ value: JSONValue,
        _ commit: () async throws -> CommitReceipt
    ) async throws -> (value: JSONValue, receipt: CommitReceipt) {
        let request = self.request.base
        // A number that a node gave is nobody's to send again.
        guard request.headers[.tarnRequest] != nil else { return (value, try await commit()) }
        let receipt: CommitReceipt
        do {
            receipt = try await commit()
        } catch {
            // Its own document may be what has taken the name.
            guard let earlier = try await self.context.node.receipt(ofRequest: request.id),
                let made = try await self.document(kind, madeBy: earlier.op)
            else { throw error }
            return (made, earlier)
        }
        guard let made = try await self.document(kind, madeBy: receipt.op) else {
            throw DatabricksError(
                409,
                "RESOURCE_CONFLICT",
                "request \(request.id) has committed as op \(receipt.op) and did something else; ask under another number"
            )
        }
        return (made, receipt)
    }

    /// The document of `kind` that the committed `op` put, as it was then; nil when it put none.
    private func document(_ kind: String, madeBy op: Op) async throws -> JSONValue? {
        let set = try await self.context.node.changeSet(at: op)
        let directory = try self.directory(kind)
        for index in set.indices where set[index].path.parent == directory {
            guard case .put(let entry) = try set.change(at: index).action else { continue }
            return try await self.read(set[index].path, entry)?.value
        }
        return nil
    }
}
