internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore

/// The newest committed ``GarbageFloor``, found by reading the log's headers once and then what is new.
///
/// One caller reads at a time and the others wait for it: a node that catches up asks for hundreds of ops at once, and
/// each would read the whole log.
actor FloorLog {
    /// Where the log is read.
    struct Source: Sendable {
        /// The newest committed op.
        let head: @Sendable () -> Op
        /// Live headers after an op, at most so many.
        let headers: @Sendable (Op, Int) async throws -> [LogHeader]
        let entry: @Sendable (Op) async throws -> LogEntry?
    }

    static let headersPerPage = 4_096
    private let executor = QueueExecutor(label: "tarn.floor")
    private let source: Source
    private var known = GarbageFloor.none
    private var readThrough = Op.genesis
    private let mutex = AsyncMutex()

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(_ source: Source) {
        self.source = source
    }

    init(store: BlobStore, state: CommittedState) {
        self.init(
            Source(
                head: { state.head.op },
                headers: { try await store.headers(after: $0, limit: $1) },
                entry: { try await store.entry(at: $0) }
            )
        )
    }

    /// What is kept as of the newest committed op.
    func current() async throws -> GarbageFloor {
        await self.mutex.lock()
        defer { self.mutex.unlock() }
        try await self.read(through: self.source.head())
        return self.known
    }

    private func read(through head: Op) async throws {
        while self.readThrough < head {
            let start = self.readThrough
            // Headers above the head would be read again once they are committed.
            let count = min(Self.headersPerPage, Int(head.number - start.number))
            let headers = try await self.source.headers(start, count)
            for header in headers where header.op <= head && header.op > self.readThrough {
                if header.kind == .gcFloor, let entry = try await self.source.entry(header.op) {
                    self.known = self.known.followed(by: try GarbageFloor(decoding: entry.body))
                }
                self.readThrough = header.op
            }
            guard self.readThrough > start else { break }
        }
    }
}
