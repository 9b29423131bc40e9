internal import TarnBlobStore
internal import TarnCore
internal import TarnSegment

extension Node: SegmentService {
    package func sealSegments() async throws -> SealedState {
        // Read first: what is committed here is durable here, so the segments that are ended afterwards hold it.
        let head = self.head
        let (reconfigurations, sealed) = try await NodeError.translatingStoreErrors {
            (try await self.store.reconfigurations(through: head.op), try await self.store.sealSegments())
        }
        return SealedState(
            op: head.op,
            root: head.root,
            genesis: self.genesis.encoded(),
            reconfigurations: reconfigurations,
            segments: sealed.map {
                SealedState.Segment(
                    number: $0.number,
                    stream: $0.stream.name,
                    bytesCount: $0.bytesCount,
                    fingerprint: $0.fingerprint
                )
            }
        )
    }

    package func segment(_ number: UInt32, at offset: Int, count: Int) async throws -> [UInt8] {
        try await NodeError.translatingStoreErrors {
            try await self.store.readSegment(number, at: offset, count: count)
        }
    }
}
