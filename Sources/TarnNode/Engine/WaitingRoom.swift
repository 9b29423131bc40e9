internal import DequeModule
internal import TarnConsensus

/// Proposals that wait for room in the pipeline, first come, first served.
///
/// To let each try again whenever something commits would cost every one of them a change of thread per commit, and
/// would let the newest pass the oldest. Owned by the engine and touched only there; whoever takes guests answers
/// each of them exactly once.
struct WaitingRoom {
    typealias Answer = (ReplicaEngine.Submission) -> Void

    struct Guest {
        let proposal: ReplicaEngine.Proposal
        /// It waits no longer than to this tick.
        let deadline: Tick
        let answer: Answer
    }

    private static let countMax = 16_384
    /// All wait equally long at most, so that the first is the first to give up.
    private var guests: Deque<Guest> = []

    var isEmpty: Bool { self.guests.isEmpty }
    var first: Guest? { self.guests.first }

    /// False when too many wait already; the guest is then not kept.
    mutating func add(_ guest: Guest) -> Bool {
        guard self.guests.count < Self.countMax else { return false }
        self.guests.append(guest)
        return true
    }

    mutating func removeFirst() { self.guests.removeFirst() }

    /// Those whose time is over.
    mutating func takeExpired(now: Tick) -> [Answer] {
        var taken: [Answer] = []
        while let first = self.guests.first, first.deadline < now {
            taken.append(first.answer)
            self.guests.removeFirst()
        }
        return taken
    }

    /// All of them: the node stops.
    mutating func takeAll() -> [Answer] {
        defer { self.guests.removeAll() }
        return self.guests.map(\.answer)
    }
}
