package import TarnConsensus
package import TarnCore

/// What a node does with what its peers say. `from` is the datacentre that the peer's certificate names.
package protocol PeerDelegate: Sendable {
    /// Consensus messages in the order in which they were sent, with the small blobs that their entries name. Returns
    /// what there is to say to the peer by then; nothing unless it `takesAnswers`.
    func receive(
        _ messages: [Message],
        inline: [StoredBlob],
        takesAnswers: Bool,
        from: DatacenterID
    ) async -> [Message]
    /// The peer's heads; returns this node's, whose echo is the nonce of `heads`.
    func receive(_ heads: Heads, from: DatacenterID) async -> Heads
    /// For each address whether this node holds it, in the same order. A yes pins the blob until the op that names it
    /// is decided.
    func want(_ addresses: [BlobAddress], from: DatacenterID) async throws -> [Bool]
    /// Those of `addresses` that this node holds, as stored, up to `bytesMax` in sum but at least one.
    func storedBlobs(_ addresses: [BlobAddress], bytesMax: Int, from: DatacenterID) async throws -> [StoredBlob]
    /// The entries after `after` without gaps, up to `bytesMax` in sum but at least one where there is one, and the
    /// commit number.
    func logEntries(after: Op, bytesMax: Int, from: DatacenterID) async throws -> LogPage
    /// This node's signature of the receipt of a committed op with this entry. Throws when it does not hold all of it.
    func attest(op: Op, entry: Digest, from: DatacenterID) async throws -> [UInt8]
    /// Answers one question of a comparison of trees. Throws when this node does not have the state at that op.
    func compare(_ question: TreeQuestion, from: DatacenterID) async throws -> TreeAnswer
    /// Returns once every blob of the offer is durable here; the node pulls what it lacks.
    func stage(_ draft: StageOffer, from: DatacenterID) async throws
}
