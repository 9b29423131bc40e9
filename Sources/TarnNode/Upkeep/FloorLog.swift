internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore

/// The newest committed ``GarbageFloor``, found by reading the log's headers once and then what is new.
actor FloorLog {
    private static let headersPerPage = 4_096
    private let executor = QueueExecutor(label: "tarn.floor")
    private let store: BlobStore
    private let state: CommittedState
    private var known = GarbageFloor.none
    private var readThrough = Op.genesis

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(store: BlobStore, state: CommittedState) {
        self.store = store
        self.state = state
    }

    /// What is kept as of the newest committed op.
    func current() async throws -> GarbageFloor {
        let head = self.state.head.op
        while self.readThrough < head {
            let start = self.readThrough
            // Headers above the head would be read again once they are committed.
            let count = min(Self.headersPerPage, Int(head.number - start.number))
            let headers = try await self.store.headers(after: start, limit: count)
            guard !headers.isEmpty else { break }
            for header in headers where header.op <= head && header.op > self.readThrough {
                if header.kind == .gcFloor, let entry = try await self.store.entry(at: header.op) {
                    self.known = self.known.followed(by: try GarbageFloor(decoding: entry.body))
                }
                self.readThrough = header.op
            }
            guard self.readThrough > start else { break }
        }
        return self.known
    }
}
