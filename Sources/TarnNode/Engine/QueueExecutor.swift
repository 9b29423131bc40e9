internal import Dispatch

/// A serial executor on a dispatch queue of its own, so that work on large trees never occupies the cooperative pool,
/// which is only as wide as the machine has cores.
final class QueueExecutor: SerialExecutor {
    /// Work on more bytes than this is not short; see ``tasks``.
    static let shortBytesMax = 64 << 10

    private let queue: DispatchQueue
    /// Runs tasks that belong to no actor on the same queue: what they say to the actor there, and hear from it, costs no
    /// change of thread. For short work only, because the actor waits for it.
    let tasks: any TaskExecutor

    init(label: String) {
        self.queue = DispatchQueue(label: label, qos: .userInitiated)
        self.tasks = Tasks(queue: self.queue)
    }

    private final class Tasks: TaskExecutor {
        private let queue: DispatchQueue

        init(queue: DispatchQueue) {
            self.queue = queue
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Has `work` done on this executor, after what it was given before.
    func run(_ work: @escaping @Sendable () -> Void) { self.queue.async(execute: work) }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(self.queue))
    }

    /// Calls `work` on this executor every `milliseconds` until the task is cancelled; what is missed while the
    /// executor is busy is made up for by one call. A task that sleeps in between would change threads four times.
    func repeating(everyMilliseconds milliseconds: Int, _ work: @escaping @Sendable () -> Void) async {
        // Cancelled from another thread, which dispatch sources allow.
        nonisolated(unsafe) let timer = DispatchSource.makeTimerSource(queue: self.queue)
        let interval = DispatchTimeInterval.milliseconds(milliseconds)
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.setEventHandler(handler: work)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                timer.setCancelHandler { continuation.resume() }
                timer.activate()
            }
        } onCancel: {
            timer.cancel()
        }
    }
}
