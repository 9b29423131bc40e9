internal import Logging
internal import TarnBlobStore
package import TarnCore
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

    package func segment(
        _ number: UInt32,
        fingerprint: Digest?,
        at offset: Int,
        count: Int
    ) async throws -> [UInt8] {
        try await NodeError.translatingStoreErrors {
            do {
                return try await self.store.readSegment(number, fingerprint: fingerprint, at: offset, count: count)
            } catch let error as StoreError where error.code == .corrupt {
                self.logger.error("a backup cannot read a segment", metadata: ["error": "\(error)"])
                try await self.rescue(segment: number)
                throw NodeError(.notFound, "\(error.message); it was listed before that was known")
            }
        }
    }

    /// Heals what the disk does not give of a segment and moves all that it holds to another one; where that cannot be,
    /// has it be copied with gaps, once all that is lost with them is known and can be named.
    func rescue(segment number: UInt32) async throws {
        await self.healer.note(try await self.store.scrub(segment: number))
        _ = try await self.healer.heal()
        guard try await self.store.evacuate(segment: number).removedSegmentCount == 0 else { return }
        if let op = await self.healer.damagedOps.first {
            throw NodeError(
                .internalError,
                "the log entry of op \(op) cannot be read here, and nobody who answers has it; back up another datacentre"
            )
        }
        do {
            try await self.store.noteGaps(in: number)
        } catch let error as StoreError where error.code == .corrupt {
            throw NodeError(.internalError, "\(error.message); back up another datacentre")
        }
    }
}
