internal import Logging
internal import TarnBlobStore
package import TarnConsensus
package import TarnCore
internal import TarnCrypto
package import TarnPeer
internal import TarnSegment

/// What this node does for its peers.
extension Node: PeerDelegate {
    /// What a stored blob takes on the wire beside its bytes: address, lengths and kinds.
    private static let blobOverheadBytes = 40

    package func receive(
        _ messages: [Message],
        inline: [StoredBlob],
        takesAnswers: Bool,
        from peer: DatacenterID
    ) async -> [Message] {
        guard let member = self.index(of: peer) else { return [] }
        let sound = messages.filter { message in
            switch message {
            case .prepare(_, let entry, _): entry.isBodyValid(SHA256.self)
            case .entries(_, _, let entries, _): entries.allSatisfy { $0.isBodyValid(SHA256.self) }
            case .prepareOk, .heartbeat, .getEntries, .exitView, .joinView, .view, .standing, .readBarrier, .readOk:
                true
            }
        }
        if sound.count < messages.count {
            self.logger.error("entries whose body is not the one their header names", metadata: ["peer": "\(peer)"])
        }
        if !inline.isEmpty { self.persistQueue.inline.insert(inline) }
        await self.engine.receive(sound, from: member)
        // An entry is acknowledged as soon as it is stored: with the reply, that is no call of its own.
        guard takesAnswers, sound.contains(where: { if case .prepare = $0 { true } else { false } }) else { return [] }
        return await self.outboxes[member]?.answers() ?? []
    }

    package func receive(_ heads: Heads, from peer: DatacenterID) async -> Heads {
        await self.note(heads, from: peer)
        return Heads(nonce: 0, echo: heads.nonce, heads: await self.allHeads())
    }

    package func want(_ addresses: [BlobAddress], from peer: DatacenterID) async throws -> [Bool] {
        self.store.contains(addresses)
    }

    package func storedBlobs(
        _ addresses: [BlobAddress],
        bytesMax: Int,
        from peer: DatacenterID
    ) async throws -> [StoredBlob] {
        let have = self.store.contains(addresses)
        let held = zip(addresses, have).filter { $1 }.map(\.0)
        guard !held.isEmpty else { return [] }
        let blobs = try await self.store.readStored(held, bytesMax: bytesMax, isForPeer: true)
        self.peers.note(servedBytesCount: blobs.reduce(0) { $0 + $1.bytes.count + Self.blobOverheadBytes }, to: peer)
        return blobs
    }

    package func logEntries(
        after op: Op,
        bytesMax: Int,
        from peer: DatacenterID
    ) async throws -> LogPage {
        let standing = await self.engine.standing
        let entries = try await self.store.entries(after: op, bytesMax: bytesMax)
        guard await self.engine.isUnchanged(view: standing.view, logView: standing.logView) else {
            throw NodeError(.unavailable, "the log changed while it was read; try again")
        }
        return LogPage(
            view: standing.view,
            logView: standing.logView,
            entries: entries.filter { $0.header.op <= standing.stored },
            commit: standing.commit
        )
    }

    package func stage(_ draft: StageOffer, from peer: DatacenterID) async throws {
        guard let member = self.index(of: peer) else { return }
        try await self.fetcher.fetch(closureOf: draft.blobs.map(\.address), preferring: member)
    }

    /// Notes what a member told about itself and others.
    func note(_ heads: Heads, from peer: DatacenterID) async {
        self.peers.note(heads, from: peer, own: self.datacenter)
        if let head = heads.heads.first(where: { $0.datacenter == peer }) { await self.compareRoots(with: head) }
        for head in heads.heads {
            guard let member = self.index(of: head.datacenter), member != self.own else { continue }
            await self.engine.note(head, of: member, isDirect: head.datacenter == peer)
        }
    }

    /// This node's own head first, then what it knows of the others.
    func allHeads() async -> [Heads.Head] {
        [await self.ownHead()] + self.peers.heads
    }

    func ownHead() async -> Heads.Head {
        let head = self.state.head
        let log = self.store.log
        let standing = await self.engine.standing
        return Heads.Head(
            datacenter: self.datacenter,
            view: standing.view,
            logView: standing.logView,
            op: standing.stored,
            commit: head.op,
            prefixComplete: log.acknowledgedThrough ?? .genesis,
            root: head.root,
            missingBytesCount: self.arrears.bytesCount,
            diskFreeBytesCount: self.store.freeBytesCount,
            trouble: await self.trouble ?? self.damages.trouble ?? "",
            clockMicroseconds: WallClock.microseconds(),
            participates: standing.isTrusted && !standing.isChangingView && self.state.trouble == nil
        )
    }

    /// Why this node does not serve or write, or nil.
    var trouble: String? {
        get async {
            if let reason = await self.engine.trouble { return reason }
            return self.store.readOnlyReason
        }
    }

    func index(of datacenter: DatacenterID) -> Int? {
        self.addresses.firstIndex { $0.datacenter == datacenter }
    }
}
