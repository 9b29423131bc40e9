/// Runs background work as children of one task, so that nothing outlives the node and nothing is lost track of.
///
/// A job that is submitted before ``run()`` starts waits for it. Jobs are bounded by what submits them (windows of the
/// replica); the queue's own limit only guards against a defect, and says so.
final class JobRunner: Sendable {
    typealias Job = @Sendable () async -> Void

    private static let queuedJobsMax = 16_384
    private let jobs: AsyncStream<Job>
    private let continuation: AsyncStream<Job>.Continuation

    init() {
        (self.jobs, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queuedJobsMax))
    }

    func submit(_ job: @escaping Job) {
        if case .dropped = self.continuation.yield(job) {
            preconditionFailure("more than \(Self.queuedJobsMax) jobs wait: a window upstream is not kept")
        }
    }

    /// Runs until ``finish()`` was called and every job has ended, or until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in self.jobs {
                group.addTask { await job() }
            }
            group.cancelAll()
        }
    }

    func finish() {
        self.continuation.finish()
    }
}
