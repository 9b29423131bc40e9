internal import TarnCore
internal import TarnNode

/// Requests that are sent again because their answer was lost: what they did is no reason to refuse them.
extension NodeService {
    /// What `request` did to `path` when it committed before, as far as that is remembered; nil when it did nothing
    /// there.
    func earlier(
        _ request: RequestID,
        at path: NamespacePath
    ) async throws -> (receipt: CommitReceipt, action: Change.Action)? {
        guard let receipt = try await self.receipt(ofRequest: request),
            let action = try await self.action(at: path, of: receipt.op)
        else { return nil }
        return (receipt, action)
    }

    /// What the committed `op` did to `path`; nil when it did nothing to just that.
    func action(at path: NamespacePath, of op: Op) async throws -> Change.Action? {
        let set = try await self.changeSet(at: op)
        guard let index = set.indices.first(where: { set[$0].path == path }) else { return nil }
        return try set.change(at: index).action
    }

    /// Whether the committed `op` put `content` at `path`. It did not when it is that of another change, which was made
    /// before under the same request.
    func puts(_ content: BlobAddress, at path: NamespacePath, in op: Op) async throws -> Bool {
        guard case .put(let entry)? = try await self.action(at: path, of: op) else { return false }
        return entry.content == content
    }
}
