package import TarnCore
internal import TarnSegment

extension BlobStore {
    /// Stores tree nodes under their node hashes; those that are there already are skipped. Returns once all are
    /// durable.
    package func writeNodes(_ nodes: [(Digest, [UInt8])]) async throws {
        try await self.meta.write([try await self.encode(nodes)], mayUseReserve: false)
    }

    /// Stores the rest of a checkpoint's nodes and then the checkpoint itself, which is not there before all of them
    /// are durable.
    package func writeCheckpoint(_ checkpoint: Checkpoint, nodes: [(Digest, [UInt8])]) async throws {
        guard checkpoint.payload.count <= Limits.recordPayloadBytesMax else {
            throw StoreError(
                .invalid,
                "the payload of the checkpoint at op \(checkpoint.op) has \(checkpoint.payload.count) bytes"
            )
        }
        let nodeRun = try await self.encode(nodes)
        let run = try await self.pool.run(.bulk) { context in
            var run = RecordRun()
            try checkpoint.payload.withUnsafeBytes { payload in
                let encoded = try BlobEncoder(context).encode(payload)
                run.append(
                    checkpoint: checkpoint.op,
                    entry: checkpoint.entry,
                    root: checkpoint.root,
                    codec: encoded.codec,
                    rawBytesCount: payload.count,
                    stored: encoded.stored,
                    Checksums.self
                )
            }
            return run
        }
        try await self.meta.write([nodeRun, run], mayUseReserve: true)
    }

    /// All checkpoints that are here, by op.
    package func checkpoints() -> [CheckpointSummary] { self.index.checkpoints }

    /// The checkpoint of exactly `op`. Throws `notFound` or `corrupt`.
    package func checkpoint(at op: Op) async throws -> Checkpoint {
        guard let summary = self.index.checkpoints.first(where: { $0.op == op }),
            let location = self.index.checkpointLocation(at: op)
        else { throw StoreError(.notFound, "there is no checkpoint of op \(op)") }
        return try await self.withDecoder(.urgent) { try $0.checkpoint(summary, location) }
    }

    /// The bytes of a tree node. Throws `notFound` or `corrupt`; whoever builds the tree proves them against `hash`.
    package func node(_ hash: Digest) async throws -> [UInt8] {
        guard let slot = self.index.node(hash) else {
            throw StoreError(.notFound, "the tree node \(hash) is not here", address: hash)
        }
        return try await self.withDecoder(.urgent) { try $0.node(hash, slot) }
    }

    private func encode(_ nodes: [(Digest, [UInt8])]) async throws -> RecordRun {
        let index = self.index
        return try await self.pool.run(.bulk) { context in
            let encoder = BlobEncoder(context)
            var run = RecordRun()
            for (hash, bytes) in nodes where !index.useNode(hash) {
                guard bytes.count <= Limits.blobBytesMax else {
                    throw StoreError(.invalid, "the tree node \(hash) has \(bytes.count) bytes", address: hash)
                }
                try bytes.withUnsafeBytes { bytes in
                    let encoded = try encoder.encode(bytes)
                    run.append(
                        node: hash,
                        codec: encoded.codec,
                        rawBytesCount: bytes.count,
                        stored: encoded.stored,
                        key: index.key,
                        Checksums.self
                    )
                }
            }
            return run
        }
    }
}
