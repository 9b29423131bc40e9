internal import Logging
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Writes checkpoints: the tree's nodes that the last one did not hold, then the checkpoint itself.
///
/// Every 100,000 changed entries, every 24 hours, and at a clean stop; off the acknowledgement path.
actor Checkpointer {
    private static let changesMax = 100_000
    private static let intervalNanoseconds: UInt64 = 24 * 3_600 * 1_000_000_000
    private static let nodesPerWrite = 512

    private let executor = QueueExecutor(label: "tarn.checkpoint")
    private let store: BlobStore
    private let engine: ReplicaEngine
    private let logger: Logger
    private var lastTree: MerkleTree<SHA256>
    private var lastOp: Op
    private var lastAt = WallClock.monotonicNanoseconds()

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// `last` is the newest checkpoint in `store`, or the genesis.
    init(store: BlobStore, engine: ReplicaEngine, last: (op: Op, tree: MerkleTree<SHA256>), logger: Logger) {
        self.store = store
        self.engine = engine
        self.lastOp = last.op
        self.lastTree = last.tree
        self.logger = logger
    }

    /// Writes a checkpoint when one is due.
    func writeIfDue() async throws {
        let changes = await self.engine.changesSinceCheckpoint
        let isOld = WallClock.monotonicNanoseconds() - self.lastAt >= Self.intervalNanoseconds
        guard changes >= Self.changesMax || (isOld && changes > 0) else { return }
        try await self.write()
    }

    /// Writes a checkpoint of the newest committed state, unless that is one already.
    func write() async throws {
        let (namespace, header, clients) = await self.engine.takeCheckpoint()
        guard header.op > self.lastOp else { return }
        guard namespace.tree.root == header.root else {
            throw NodeError(.internalError, "the state at op \(header.op) is not the log's; it makes no checkpoint")
        }
        try await self.write(namespace.tree, header, clients)
    }

    /// Writes a checkpoint of a state that was repaired, in place of any other at its op.
    func write(_ tree: MerkleTree<SHA256>, at header: LogHeader) async throws {
        precondition(tree.root == header.root, "a checkpoint of another state than the log's")
        try await self.write(tree, header, await self.engine.takeCheckpoint().clientTable)
    }

    private func write(_ tree: MerkleTree<SHA256>, _ header: LogHeader, _ clients: ClientTable) async throws {
        var batch: [(Digest, [UInt8])] = []
        var batches: [[(Digest, [UInt8])]] = []
        tree.forEachNode(notIn: self.lastOp == .genesis ? nil : self.lastTree) { hash, bytes in
            batch.append((hash, bytes))
            if batch.count == Self.nodesPerWrite {
                batches.append(batch)
                batch = []
            }
            return true
        }
        for nodes in batches { try await self.store.writeNodes(nodes) }
        let payload = CheckpointPayload(header: header, clientTable: clients)
        let checkpoint = Checkpoint(
            op: header.op,
            entry: header.hash(SHA256.self),
            root: header.root,
            payload: payload.encoded()
        )
        try await self.store.writeCheckpoint(checkpoint, nodes: batch)
        self.lastTree = tree
        self.lastOp = header.op
        self.lastAt = WallClock.monotonicNanoseconds()
        self.logger.info("checkpoint written", metadata: ["op": "\(header.op)", "root": "\(header.root)"])
    }
}
