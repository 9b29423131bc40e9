internal import DequeModule
internal import Dispatch
internal import Synchronization
internal import TarnCore

/// A few threads for hashing, compressing and reading, so that none of that ever occupies the cooperative pool.
///
/// Each worker owns its ``WorkerContext``, made once. Reads that someone waits for go before everything else; what other
/// datacentres fetch takes turns with bulk work, so that neither a datacentre that catches up nor an import keeps the
/// other waiting.
final class WorkerPool: Sendable {
    enum Priority {
        /// A read that someone waits for.
        case urgent
        /// Ingest and verification.
        case bulk
        /// What another datacentre fetches.
        case peer
    }

    typealias Job = @Sendable (WorkerContext) -> Void

    private struct State {
        var urgent: Deque<Job> = []
        var bulk: Deque<Job> = []
        var peer: Deque<Job> = []
        /// Whether a peer's job goes before the next one of bulk work.
        var isPeersTurn = false
        var idle: [Int]

        var waitingCount: Int { self.urgent.count + self.bulk.count + self.peer.count }

        mutating func next() -> Job? {
            if let job = self.urgent.popFirst() { return job }
            defer { self.isPeersTurn.toggle() }
            return self.isPeersTurn
                ? self.peer.popFirst() ?? self.bulk.popFirst() : self.bulk.popFirst() ?? self.peer.popFirst()
        }
    }

    /// The context is touched on the worker's serial queue only.
    private struct Worker: @unchecked Sendable {
        let queue: DispatchQueue
        let context: WorkerContext
    }

    /// Lent to one caller at a time.
    private struct Spare: @unchecked Sendable {
        let context: WorkerContext
    }

    private let workers: [Worker]
    private let state: Mutex<State>
    private let spares: Mutex<[Spare]>

    init(count: Int, compressionLevel: Int) throws {
        self.workers = try (0..<count).map {
            Worker(
                queue: DispatchQueue(label: "tarn.store.worker.\($0)", qos: .userInitiated),
                context: try WorkerContext(compressionLevel: compressionLevel)
            )
        }
        self.state = Mutex(State(idle: Array(0..<count)))
        let spares = try (0..<count).map { _ in
            Spare(context: try WorkerContext(compressionLevel: compressionLevel))
        }
        self.spares = Mutex(spares)
    }

    var workerCount: Int { self.workers.count }

    /// Runs `body` on a worker's thread. Throws `overloaded` when too much waits already.
    func run<Result: Sendable>(
        _ priority: Priority,
        _ body: @escaping @Sendable (WorkerContext) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isAccepted = self.enqueue(priority) { context in
                continuation.resume(with: Swift.Result { try body(context) })
            }
            if !isAccepted {
                continuation.resume(
                    throwing: StoreError(.overloaded, "more reads and writes are waiting than the store takes")
                )
            }
        }
    }

    /// Runs a `body` on the caller's own thread that takes some 100 us at most and reads no file: handing it over
    /// would take longer. Returns nil when all contexts for that are lent.
    func runHere<Result>(_ body: (WorkerContext) throws -> Result) rethrows -> Result? {
        guard let spare = self.spares.withLock({ $0.popLast() }) else { return nil }
        defer { self.spares.withLock { $0.append(spare) } }
        return try body(spare.context)
    }

    /// Has `job` run on a worker's thread some time; false when too much waits already.
    @discardableResult
    func enqueue(_ priority: Priority, _ job: @escaping Job) -> Bool {
        let (isAccepted, worker) = self.state.withLock { state -> (Bool, Int?) in
            guard state.waitingCount < Limits.workerJobsMax else { return (false, nil) }
            switch priority {
            case .urgent: state.urgent.append(job)
            case .bulk: state.bulk.append(job)
            case .peer: state.peer.append(job)
            }
            return (true, state.idle.popLast())
        }
        if let worker { self.workers[worker].queue.async { self.drain(worker) } }
        return isAccepted
    }

    private func drain(_ worker: Int) {
        while let job = self.next(worker) { job(self.workers[worker].context) }
    }

    private func next(_ worker: Int) -> Job? {
        self.state.withLock { state in
            if let job = state.next() { return job }
            state.idle.append(worker)
            return nil
        }
    }
}
