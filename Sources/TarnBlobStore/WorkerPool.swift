internal import DequeModule
internal import Dispatch
internal import Synchronization
internal import TarnCore

/// A few threads for hashing, compressing and reading, so that none of that ever occupies the cooperative pool.
///
/// Each worker owns its ``WorkerContext``, made once. Reads that someone waits for go before bulk work.
final class WorkerPool: Sendable {
    enum Priority {
        /// A read that someone waits for.
        case urgent
        /// Ingest and verification.
        case bulk
    }

    typealias Job = @Sendable (WorkerContext) -> Void

    private struct State {
        var urgent: Deque<Job> = []
        var bulk: Deque<Job> = []
        var idle: [Int]
    }

    /// The context is touched on the worker's serial queue only.
    private struct Worker: @unchecked Sendable {
        let queue: DispatchQueue
        let context: WorkerContext
    }

    private let workers: [Worker]
    private let state: Mutex<State>

    init(count: Int, compressionLevel: Int) throws {
        self.workers = try (0..<count).map {
            Worker(
                queue: DispatchQueue(label: "tarn.store.worker.\($0)", qos: .userInitiated),
                context: try WorkerContext(compressionLevel: compressionLevel)
            )
        }
        self.state = Mutex(State(idle: Array(0..<count)))
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

    /// Has `job` run on a worker's thread some time; false when too much waits already.
    @discardableResult
    func enqueue(_ priority: Priority, _ job: @escaping Job) -> Bool {
        let (isAccepted, worker) = self.state.withLock { state -> (Bool, Int?) in
            guard state.urgent.count + state.bulk.count < Limits.workerJobsMax else { return (false, nil) }
            switch priority {
            case .urgent: state.urgent.append(job)
            case .bulk: state.bulk.append(job)
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
            if let job = state.urgent.popFirst() ?? state.bulk.popFirst() { return job }
            state.idle.append(worker)
            return nil
        }
    }
}
