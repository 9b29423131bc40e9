internal import TarnConsensus
internal import TarnCore

/// Which transfers of log entries are under way: one a member and direction, and at most one that follows it.
///
/// What is asked for again while it comes is not carried twice. But who has got a page asks for the next one before the
/// transfer of that page has ended here; dropped, it would be asked for only after ``Timeouts/repairTicks``.
struct RepairTurns: Sendable {
    private struct Lane: Hashable, Sendable {
        let member: Int
        let isFetch: Bool
    }

    private struct Turn: Sendable {
        let after: Op
        var next: EngineSinks.Repair?
    }

    private var underWay: [Lane: Turn] = [:]

    /// Whether `request` is to be carried now. Otherwise it follows the one that is under way when it goes on behind
    /// that one's beginning, and is dropped when it does not.
    mutating func begin(_ request: EngineSinks.Repair) -> Bool {
        let (lane, after) = Self.place(of: request)
        guard let present = self.underWay[lane] else {
            self.underWay[lane] = Turn(after: after)
            return true
        }
        if after > present.after { self.underWay[lane]?.next = request }
        return false
    }

    /// What is to be carried now that `request` is over; nil when nothing follows.
    mutating func next(after request: EngineSinks.Repair) -> EngineSinks.Repair? {
        let (lane, _) = Self.place(of: request)
        guard let next = self.underWay.removeValue(forKey: lane)?.next else { return nil }
        self.underWay[lane] = Turn(after: Self.place(of: next).after)
        return next
    }

    private static func place(of request: EngineSinks.Repair) -> (lane: Lane, after: Op) {
        switch request {
        case .fetch(let member, let after): (Lane(member: member, isFetch: true), after)
        case .send(let member, _, _, let after, _, _): (Lane(member: member, isFetch: false), after)
        }
    }
}
