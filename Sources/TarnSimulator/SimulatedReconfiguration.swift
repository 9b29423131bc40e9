internal import TarnCore

/// A change of the membership that the operators of a simulated cluster want, and ask for until it is committed.
struct SimulatedReconfiguration: Sendable {
    enum Change: Sendable {
        case grow
        /// Whoever is named takes the seat.
        case replace(seat: Int, by: Membership.Member)
        case elect(Bool)
    }

    let change: Change
    var askedAt: UInt64 = 0

    /// What the primary is asked for; nil when the change is made already, or cannot be any more.
    func next(after membership: Membership) -> Reconfiguration? {
        do throws(CoreError) {
            switch self.change {
            case .grow: return Reconfiguration(.grow, try membership.grown())
            case .replace(let seat, let newcomer):
                return Reconfiguration(.replace(seat: seat), try membership.replacing(seat: seat, by: newcomer))
            case .elect(let isElectable):
                guard membership.isObserverElectable != isElectable else { return nil }
                return Reconfiguration(.electObserver, try membership.electingObserver(isElectable))
            }
        } catch {
            return nil
        }
    }
}
