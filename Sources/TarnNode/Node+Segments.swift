internal import TarnBlobStore
internal import TarnCore
internal import TarnSegment

extension Node: SegmentService {
    package func sealSegments() async throws -> SealedState {
        // What can be healed is to be in the segments, and the rest is to be named.
        _ = try await NodeError.translatingStoreErrors { try await self.healer.heal() }
        // Read first: what was durable then stands in the segments that are ended afterwards.
        let header = try await NodeError.translatingStoreErrors { try await self.wholeThrough() }
        let (reconfigurations, sealed) = try await NodeError.translatingStoreErrors {
            (try await self.store.reconfigurations(through: header.op), try await self.store.sealSegments())
        }
        return SealedState(
            op: header.op,
            root: header.root,
            genesis: self.genesis.encoded(),
            reconfigurations: reconfigurations,
            segments: sealed.map {
                SealedState.Segment(
                    number: $0.number,
                    stream: $0.stream.name,
                    bytesCount: $0.bytesCount,
                    fingerprint: $0.fingerprint
                )
            },
            trouble: self.damages.trouble
        )
    }

    /// The newest op that is committed here and up to which every op is here with its blobs. A member may commit what
    /// others hold while it still fetches the blobs.
    private func wholeThrough() async throws -> LogHeader {
        let log = self.store.log
        guard log.first == .genesis else {
            throw NodeError(.unavailable, "entries of the log are missing here, so nothing could be restored from it")
        }
        let op = min(self.head.op, log.acknowledgedSinceGenesis)
        guard let header = try await self.store.entry(at: op)?.header else {
            throw NodeError(.unavailable, "op \(op) is not in the log here; back up another datacentre")
        }
        return header
    }

    package func segment(_ number: UInt32, at offset: Int, count: Int) async throws -> [UInt8] {
        try await NodeError.translatingStoreErrors {
            try await self.store.readSegment(number, at: offset, count: count)
        }
    }
}
