internal import Synchronization
internal import TarnCore

/// The committed states that reads see, published by the engine and read from any thread.
final class CommittedState: Sendable {
    let ring: Mutex<SnapshotRing>
    private let stopped: Mutex<String?> = Mutex(nil)

    init(_ first: Snapshot) {
        self.ring = Mutex(SnapshotRing(first))
    }

    /// Why nothing of this is to be trusted any more, or nil.
    var trouble: String? { self.stopped.withLock { $0 } }

    /// Has reads refused from now on.
    func stop(_ reason: String) { self.stopped.withLock { $0 = $0 ?? reason } }

    /// The states that are in memory, oldest first.
    var recent: [Snapshot] { self.ring.withLock { $0.all } }

    var newest: Snapshot { self.ring.withLock { $0.newest } }

    var head: CommittedHead {
        let newest = self.newest
        return CommittedHead(op: newest.op, root: newest.root)
    }

    /// The state at `op` when it is one of the newest; older ones are rebuilt by ``SnapshotArchive``.
    func snapshot(at op: Op) -> Snapshot? {
        self.ring.withLock { $0.snapshot(at: op) }
    }

    func publish(_ snapshot: Snapshot) {
        self.ring.withLock { $0.append(snapshot) }
    }
}
