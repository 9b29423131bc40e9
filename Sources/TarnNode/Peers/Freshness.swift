internal import Synchronization
internal import TarnConsensus
internal import TarnCore

/// What this node can prove about how current it is, without trusting any clock but its own.
///
/// A proof comes from an exchange of heads between this node and the primary, whichever of them asked. Both were in one
/// view, this node after the question left and the other one when it answered; two are a quorum of three, so nobody had
/// committed anything in a later view when the question left. Everything acknowledged until then stands in the
/// primary's log, and once this node has committed as far as that log reached, its state is as new as the question.
final class Freshness: Sendable {
    /// Exchanges that wait for this node to commit what they cover.
    private static let pendingMax = 64

    private struct State {
        var proven: StateProof?
        /// Ascending in both op and time.
        var pending: [StateProof] = []
    }

    private let state = Mutex(State())

    /// Notes an exchange of heads between this node (`own`, taken after `start`) and `other`, whose answer came later.
    /// `primary` leads the view of `own`.
    func note(own: Heads.Head, other: Heads.Head, primary: DatacenterID, start: UInt64) {
        guard let proof = Self.proof(own: own, other: other, primary: primary, start: start) else { return }
        self.note(proof)
    }

    /// Notes a proof that was obtained in another way.
    func note(_ proof: StateProof) {
        self.state.withLock { state in
            // A later question that needs no more makes the ones before it worthless.
            state.pending.removeAll { $0.op >= proof.op && $0.nanoseconds <= proof.nanoseconds }
            guard state.pending.last.map({ $0.nanoseconds < proof.nanoseconds }) ?? true else { return }
            if state.pending.count == Self.pendingMax { state.pending.removeFirst() }
            state.pending.append(proof)
        }
    }

    /// The newest proof that a state with everything up to `committed` meets, or nil when there is none yet.
    func proof(committed: Op) -> StateProof? {
        self.state.withLock { state in
            if let last = state.pending.lastIndex(where: { $0.op <= committed }) {
                let found = state.pending[last]
                state.pending.removeSubrange(...last)
                if state.proven.map({ $0.nanoseconds < found.nanoseconds }) ?? true { state.proven = found }
            }
            return state.proven
        }
    }

    /// What an exchange proves, once everything up to the proof's op is committed here; nil when it proves nothing.
    static func proof(own: Heads.Head, other: Heads.Head, primary: DatacenterID, start: UInt64) -> StateProof? {
        guard own.participates, other.participates, own.view == other.view else { return nil }
        guard own.view == own.logView, other.view == other.logView else { return nil }
        guard own.datacenter == primary || other.datacenter == primary else { return nil }
        let leading = own.datacenter == primary ? own : other
        return StateProof(op: leading.op, nanoseconds: start)
    }
}
