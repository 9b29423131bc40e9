internal import Synchronization
internal import TarnCatalog
internal import TarnCore

/// Committed ops on their way to the catalog, which applies them in batches and never holds up a commit.
///
/// When the catalog falls too far behind, the queue is dropped and the catalog is rebuilt from the newest state
/// instead: bounded memory, and nothing to lose, since the catalog is a projection.
final class CatalogFeed: Sendable {
    private static let changesMax = 400_000

    private struct State {
        var ops: [AppliedOp] = []
        var changesCount = 0
        var didOverflow = false
    }

    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let signalContinuation: AsyncStream<Void>.Continuation

    init() {
        (self.signal, self.signalContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func enqueue(_ op: AppliedOp) {
        self.state.withLock { state in
            state.ops.append(op)
            state.changesCount += op.changes.count
            if state.changesCount > Self.changesMax {
                state.ops = []
                state.changesCount = 0
                state.didOverflow = true
            }
        }
        self.signalContinuation.yield()
    }

    /// What came since the last call.
    func take() -> (ops: [AppliedOp], didOverflow: Bool) {
        self.state.withLock { state in
            defer { state = State() }
            return (state.ops, state.didOverflow)
        }
    }

    /// Puts back what was taken and not applied: it comes before everything that waits.
    func putBack(_ ops: [AppliedOp]) {
        self.state.withLock { state in
            guard !state.didOverflow else { return }
            state.ops = ops + state.ops
            state.changesCount += ops.reduce(0) { $0 + $1.changes.count }
        }
    }

    /// One element whenever something may have come.
    var arrivals: AsyncStream<Void> { self.signal }

    func finish() {
        self.signalContinuation.finish()
    }
}
