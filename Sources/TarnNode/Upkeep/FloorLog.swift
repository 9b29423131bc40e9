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
    private var reading: Task<Bool, any Error>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(store: BlobStore, state: CommittedState) {
        self.store = store
        self.state = state
    }

    /// What is kept as of the newest committed op.
    func current() async throws -> GarbageFloor {
        let head = self.state.head.op
        while self.readThrough < head {
            // Whoever asks meanwhile waits for the same page instead of reading it, too.
            let reading = self.reading ?? Task { try await self.readPage() }
            self.reading = reading
            defer { if self.reading == reading { self.reading = nil } }
            guard try await reading.value else { break }
        }
        return self.known
    }

    /// Reads on; false when the log has no more.
    private func readPage() async throws -> Bool {
        let (start, head) = (self.readThrough, self.state.head.op)
        guard start < head else { return true }
        let count = min(Self.headersPerPage, Int(head.number - start.number))
        for header in try await self.store.headers(after: start, limit: count) where header.op <= head {
            if header.kind == .gcFloor, let entry = try await self.store.entry(at: header.op) {
                self.known = self.known.followed(by: try GarbageFloor(decoding: entry.body))
            }
            self.readThrough = header.op
        }
        return self.readThrough > start
    }
}
