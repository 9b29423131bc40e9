internal import Synchronization
internal import TarnCore

/// The newest op that each bearer wrote through this node, as long as the node has not committed it itself: what the
/// bearer's reads here wait for.
final class OwnWrites: Sendable {
    /// Bearers with a write that is on its way here; those beyond are forgotten, and read what the node has.
    private static let bearersMax = 4_096

    private let newest: Mutex<[String: Op]> = Mutex([:])
    /// Whether there is anything to look up: on the primary there never is.
    private let count = Atomic<Int>(0)

    /// Remembers that `bearer` wrote `op`, while the newest op here is `head`.
    func note(_ op: Op, by bearer: String, head: Op) {
        guard op > head else { return }
        self.newest.withLock { newest in
            if newest[bearer].map({ $0 >= op }) ?? false { return }
            if newest.count >= Self.bearersMax {
                for (bearer, op) in newest where op <= head { newest[bearer] = nil }
                guard newest.count < Self.bearersMax else { return }
            }
            newest[bearer] = op
            self.count.store(newest.count, ordering: .releasing)
        }
    }

    /// The op that a read of `bearer` must see, or nil when the newest one here, `head`, will do.
    func pending(of bearer: String, head: Op) -> Op? {
        guard self.count.load(ordering: .acquiring) > 0 else { return nil }
        return self.newest.withLock { newest in
            guard let op = newest[bearer] else { return nil }
            if op > head { return op }
            newest[bearer] = nil
            self.count.store(newest.count, ordering: .releasing)
            return nil
        }
    }
}
