package import TarnCore

/// As much of a ``Membership`` as the rules of the protocol depend on; names and addresses are the shell's.
package struct Seating: Hashable, Sendable {
    package let epoch: UInt64
    /// Who commits and elects.
    package let voters: MemberSet
    package let isObserverElectable: Bool

    package init(epoch: UInt64 = 0, voters: MemberSet, isObserverElectable: Bool = false) {
        self.epoch = epoch
        self.voters = voters
        self.isObserverElectable = isObserverElectable
    }

    package init(_ membership: Membership) {
        self.init(
            epoch: membership.epoch,
            voters: MemberSet(Array(0..<membership.votersCount)),
            isObserverElectable: membership.isObserverElectable
        )
    }
}

/// A `reconfigure` entry that this log ends with or is about to: in it, and not known to be committed.
///
/// What it takes away holds from here on, what it gives only once it is committed: whoever it replaces is not heard any
/// more by anybody who has the entry, and who replaces it is not heard yet.
struct PendingReconfiguration: Hashable, Sendable {
    let op: Op
    let change: Reconfiguration.Change
    let seating: Seating
    /// Who led the view in which it was ordered.
    let orderedBy: Int

    /// Nil when `entry` changes nothing after `known`, or cannot be read as a change.
    init?(_ entry: LogEntry, after known: Seating) {
        guard entry.header.kind == .reconfigure, let body = try? Reconfiguration(decoding: entry.body),
            body.membership.epoch > known.epoch
        else { return nil }
        self.op = entry.header.op
        self.change = body.change
        self.seating = Seating(body.membership)
        self.orderedBy = entry.header.view.primaryIndex
    }

    /// The seat whose datacentre changes.
    var replacedSeat: Int? { if case .replace(let seat) = self.change { seat } else { nil } }

    /// Who must hold everything before the entry is ordered: so nothing that was acknowledged before hangs on whoever is
    /// replaced, or on the one that was alone.
    static func preparers(for change: Reconfiguration.Change, memberCount: Int) -> [Int] {
        switch change {
        case .grow: Array(0..<memberCount)
        case .replace(let seat): (0..<memberCount).filter { $0 != seat }
        case .electObserver, .recover: []
        }
    }
}

/// A change of the membership that waits until everything before it is where it has to be: nothing else is admitted.
struct PreparedReconfiguration: Sendable {
    let change: Reconfiguration
    let since: Tick
    /// Whether the shell was told to order it.
    var isOrdered = false
}
