internal import Synchronization

/// Set from anywhere to stop the statements of one job at their next check.
package final class SQLiteCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    package func cancel() {
        self.flag.store(true, ordering: .relaxed)
    }

    package var isCancelled: Bool { self.flag.load(ordering: .relaxed) }
}
