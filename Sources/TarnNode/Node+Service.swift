internal import TarnBlobStore
internal import TarnConsensus
package import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnPeer

/// What this node offers to people and programs.
extension Node: NodeService {
    package var head: CommittedHead { self.state.head }

    package var upkeep: any UpkeepService { self }
    package var segments: any SegmentService { self }

    package var primaryURL: String? {
        let primary = self.engine.primary
        return primary == self.own ? nil : self.addresses[primary].apiURL
    }

    package func snapshot(at selector: SnapshotSelector?) async throws -> Snapshot {
        try self.checkServing()
        guard let selector else { return self.state.newest }
        let snapshot = try await self.archive.snapshot(at: selector)
        let floor = try await self.collector.floors.current()
        guard floor.keeps(snapshot.op) else {
            throw NodeError(
                .gone,
                "op \(snapshot.op) is past its retention; the nearest that is kept is op \(floor.nearest(to: snapshot.op))"
            )
        }
        return snapshot
    }

    package func wait(for op: Op, deadlineMilliseconds: Int) async throws {
        guard await self.engine.wait(for: op, milliseconds: deadlineMilliseconds) else {
            throw NodeError(
                .unavailable,
                "op \(op) was not committed here within \(deadlineMilliseconds) ms; the newest is \(self.head.op)"
            )
        }
    }

    // MARK: Blobs

    package func contains(_ addresses: [BlobAddress]) async throws -> [Bool] {
        self.store.contains(addresses)
    }

    package func put(blobs: [[UInt8]]) async throws -> StagedBlobs {
        try self.checkWritable()
        let result = try await NodeError.translatingStoreErrors { try await self.store.put(blobs) }
        self.metrics.note(
            stagedBlobCount: blobs.count,
            rawBytesCount: blobs.reduce(0) { $0 + $1.count },
            storedBytesCount: UInt64(result.newStoredBytesCount)
        )
        // Which of them are new is not told; offering a blob that is mirrored already costs a look-up at the receiver.
        if self.clients.count > 1, result.newCount > 0 { self.unmirrored.insert(result.addresses) }
        return StagedBlobs(
            addresses: result.addresses,
            newCount: result.newCount,
            newStoredBytesCount: UInt64(result.newStoredBytesCount)
        )
    }

    package func stage(content: [UInt8]) async throws -> BlobAddress {
        try self.checkWritable()
        let queued = try await NodeError.translatingStoreErrors {
            try await self.store.enqueue(content) { again in
                // An op may name it by now, which nobody could complete without it.
                self.jobs.submit {
                    await Retry.untilCancelled(logger: self.logger, what: "storing a staged blob", again)
                }
            }
        }
        self.metrics.note(
            stagedBlobCount: 1,
            rawBytesCount: content.count,
            storedBytesCount: UInt64(queued.newStoredBytesCount)
        )
        if self.clients.count > 1, queued.newStoredBytesCount > 0 { self.unmirrored.insert([queued.address]) }
        return queued.address
    }

    package func put(manifest: Manifest) async throws -> BlobAddress {
        try self.checkWritable()
        let missing = zip(manifest.chunks, self.store.contains(manifest.chunks)).first { !$1 }
        if let missing {
            throw NodeError(.blobMissing, "the manifest names chunk \(missing.0), which is not stored")
        }
        let address = try await NodeError.translatingStoreErrors { try await self.store.put(manifest: manifest) }
        if self.clients.count > 1 { self.unmirrored.insert([address]) }
        return address
    }

    package func blob(_ address: BlobAddress) async throws -> [UInt8] {
        // The log may be ahead of the blobs that it names: who asks for one of those must not hear that there is none.
        guard self.store.contains([address])[0] else { throw Self.absent(address) }
        return try await NodeError.translatingStoreErrors { try await self.store.read(address) }
    }

    private static func absent(_ address: BlobAddress) -> NodeError {
        NodeError(.unavailable, "blob \(address) is not stored here; another datacentre may have it")
    }

    package func blobs(_ addresses: [BlobAddress]) async throws -> [[UInt8]?] {
        try await NodeError.translatingStoreErrors { try await self.store.read(addresses) }
    }

    package func manifest(of entry: Entry) async throws -> Manifest {
        guard let address = entry.manifest else {
            throw NodeError(.invalidRequest, "a file of \(entry.size) bytes has no manifest")
        }
        return try await NodeError.translatingStoreErrors {
            do {
                return try await self.store.manifest(address)
            } catch let error as StoreError where error.code == .notFound {
                throw Self.absent(error.address ?? address)
            }
        }
    }

    // MARK: Log

    package func log(after op: Op, limit: Int) async throws -> [LogHeader] {
        let committed = self.head.op
        return try await self.store.headers(after: op, limit: limit).filter { $0.op <= committed }
    }

    package func changeSet(at op: Op) async throws -> EncodedChangeSet {
        guard op <= self.head.op, let entry = try await self.store.entry(at: op) else {
            throw NodeError(.notFound, "op \(op) is not committed here; the newest is \(self.head.op)")
        }
        guard entry.header.kind == .changeSet else { return try EncodedChangeSet(ChangeSet([]).encoded()) }
        return try EncodedChangeSet(entry.body)
    }

    package func authenticate(token: String) async -> Principal? {
        await self.authenticator.authenticate(token)
    }

    package func principal(ofTokenID id: String, secretShownAt microseconds: UInt64) async -> Principal? {
        await self.authenticator.principal(ofTokenID: id, secretShownAt: microseconds)
    }

    func checkWritable() throws {
        if let reason = self.store.readOnlyReason { throw NodeError(.unavailable, "this node is read-only: \(reason)") }
    }
}
