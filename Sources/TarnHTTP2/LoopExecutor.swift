package import NIOCore
internal import Synchronization

/// Runs tasks on an event loop: what answers a request there wakes no other thread, which would cost more than a short
/// answer. Whatever takes long belongs elsewhere, because the loop's connections wait for it.
package final class LoopExecutor: TaskExecutor {
    /// One executor for each loop of the process.
    private static let known: Mutex<[ObjectIdentifier: LoopExecutor]> = Mutex([:])

    private let loop: any EventLoop

    private init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// The executor of `loop`, which is one of a few that live as long as the process.
    package static func of(_ loop: any EventLoop) -> LoopExecutor {
        self.known.withLock { known in
            if let executor = known[ObjectIdentifier(loop)] { return executor }
            let executor = LoopExecutor(loop)
            known[ObjectIdentifier(loop)] = executor
            return executor
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
