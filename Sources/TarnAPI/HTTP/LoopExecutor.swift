internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Runs tasks on an event loop.
final class LoopExecutor: TaskExecutor {
    /// The loops of every API listener of the process.
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

    /// One executor for each loop of the group.
    private static let known: Mutex<[ObjectIdentifier: LoopExecutor]> = Mutex([:])

    private let loop: any EventLoop

    private init(_ loop: any EventLoop) {
        self.loop = loop
    }

    static func of(_ loop: any EventLoop) -> LoopExecutor {
        self.known.withLock { known in
            if let executor = known[ObjectIdentifier(loop)] { return executor }
            let executor = LoopExecutor(loop)
            known[ObjectIdentifier(loop)] = executor
            return executor
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
