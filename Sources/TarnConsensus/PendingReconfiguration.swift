internal import TarnCore

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
}
