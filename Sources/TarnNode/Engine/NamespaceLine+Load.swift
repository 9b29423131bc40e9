internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

extension NamespaceLine {
    /// The committed state of the newest checkpoint at or below `op`, or of the genesis when there is none.
    static func load(upTo op: Op, genesis: Genesis, store: BlobStore) async throws -> NamespaceLine {
        try await self.loadWithClients(upTo: op, genesis: genesis, store: store).line
    }

    /// The same with the client table of that op.
    static func loadWithClients(
        upTo op: Op,
        genesis: Genesis,
        store: BlobStore
    ) async throws -> (line: NamespaceLine, clients: ClientTable) {
        let candidates = store.checkpoints().filter { $0.op <= op }.sorted { $0.op > $1.op }
        for candidate in candidates {
            guard try await self.isOfLog(candidate, store: store) else { continue }
            do {
                return try await self.load(candidate, genesis: genesis, store: store)
            } catch let error as StoreError where error.code == .corrupt || error.code == .notFound {
                // A damaged checkpoint costs time only: an older one and more of the log give the same state.
                continue
            }
        }
        let line = NamespaceLine(namespace: .genesis(genesis), header: try GenesisEntry.make(genesis).header)
        return (line, ClientTable())
    }

    /// Whether the log does not contradict the checkpoint, which may be of ops that a recovery gave up: others stand at
    /// their numbers now. Where its op is lost, nothing does.
    private static func isOfLog(_ summary: CheckpointSummary, store: BlobStore) async throws -> Bool {
        guard let before = summary.op.previous else { return true }
        do {
            let header = try await store.headers(after: before, limit: 1).first
            return header.map { $0.hash(SHA256.self) == summary.entry } ?? true
        } catch let error as StoreError where error.code == .corrupt {
            return true
        }
    }

    private static func load(
        _ summary: CheckpointSummary,
        genesis: Genesis,
        store: BlobStore
    ) async throws -> (line: NamespaceLine, clients: ClientTable) {
        let checkpoint = try await store.checkpoint(at: summary.op)
        let payload = try CheckpointPayload(decoding: checkpoint.payload)
        guard payload.header.hash(SHA256.self) == checkpoint.entry, payload.header.root == checkpoint.root else {
            throw NodeError(.internalError, "the checkpoint of op \(checkpoint.op) contradicts itself")
        }
        let nodes = try await self.nodes(below: checkpoint.root, store: store)
        let tree = try MerkleTree<SHA256>.load(root: checkpoint.root, boundaryKey: genesis.boundaryKey) { digest in
            guard let bytes = nodes[digest] else {
                throw NodeError(
                    .internalError,
                    "tree node \(digest) of the checkpoint of op \(checkpoint.op) is missing"
                )
            }
            return bytes
        }
        return (NamespaceLine(namespace: Namespace(tree: tree), header: payload.header), payload.clientTable)
    }

    /// The stored bytes of every node of the tree with this root.
    private static func nodes(below root: Digest, store: BlobStore) async throws -> [Digest: [UInt8]] {
        var nodes: [Digest: [UInt8]] = [:]
        var pending = [root]
        while let digest = pending.popLast() {
            let bytes = try await store.node(digest)
            let image = try NodeImage(decoding: bytes)
            nodes[digest] = bytes
            pending += image.children.map(\.digest)
        }
        return nodes
    }
}
