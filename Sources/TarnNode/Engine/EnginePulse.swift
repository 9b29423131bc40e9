internal import Synchronization
internal import TarnConsensus
internal import TarnCore

/// Signs of life of an engine that is busy for longer than its peers would wait: it applies a delete or move of a
/// million entries in one piece, and is no worse a primary for that.
///
/// What it says is what the engine said last: a view cannot end at this member while its engine is busy. An engine that
/// does not come back is silent in the end, and the others go on without it.
final class EnginePulse: Sendable {
    private struct State {
        var view = View(0)
        var commit = Op.genesis
        var primary = 0
        /// Whether this member takes part in its view and wants no other.
        var isContent = false
        var steppedAt: UInt64 = 0
        var spokeAt: UInt64 = 0
    }

    /// From a member's last step, or sign of life, to the next one.
    static let intervalNanoseconds: UInt64 = 150_000_000
    /// An engine that took no step for so long is stuck, not busy.
    static let patienceNanoseconds: UInt64 = 30_000_000_000

    private let own: Int
    private let memberCount: Int
    private let state = Mutex(State())

    init(own: Int, memberCount: Int) {
        self.own = own
        self.memberCount = memberCount
    }

    /// Takes note of a step that is over.
    func note(_ replica: Replica, at now: UInt64) {
        let isContent = !replica.isChangingView && !replica.isSuspecting && replica.halted == nil && replica.isVoter
        self.note(view: replica.view, commit: replica.commit, primary: replica.primary, isContent: isContent, at: now)
    }

    func note(view: View, commit: Op, primary: Int, isContent: Bool, at now: UInt64) {
        self.state.withLock { state in
            state.view = view
            state.commit = commit
            state.primary = primary
            state.isContent = isContent
            state.steppedAt = now
        }
    }

    /// Ends the signs of life until a step is noted again: an engine that does not serve is in the way of another
    /// primary.
    func stop() { self.state.withLock { $0.isContent = false } }

    /// How long the engine may yet be silent before anybody has to speak for it.
    func nanosecondsUntilLate(at now: UInt64) -> UInt64 {
        self.state.withLock { state in
            let late = state.steppedAt + Self.intervalNanoseconds
            return late > now ? late - now : 0
        }
    }

    /// What is to be sent now, by member; nothing while the engine speaks for itself.
    func due(at now: UInt64) -> [(member: Int, message: Message)] {
        self.state.withLock { state in
            let busy = now - min(now, state.steppedAt)
            guard state.isContent, busy >= Self.intervalNanoseconds, busy < Self.patienceNanoseconds,
                now - min(now, state.spokeAt) >= Self.intervalNanoseconds
            else { return [] }
            state.spokeAt = now
            guard state.primary == self.own else {
                return [(state.primary, .prepareOk(view: state.view, acknowledgements: []))]
            }
            return (0..<self.memberCount).filter { $0 != self.own }.map {
                ($0, .heartbeat(view: state.view, commit: state.commit))
            }
        }
    }
}
