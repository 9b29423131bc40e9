package import TarnCore

/// What replicas say to each other. Small: blobs never travel in here (a shell sends them by its own means).
package enum Message: Hashable, Sendable {
    /// A new entry from the primary of `view`, with the commit number that it knows.
    case prepare(view: View, entry: LogEntry, commit: Op)
    /// Entries asked for by `getEntries`, in order and without gaps, from any member that holds them. `logView` says
    /// whose log they are of: what lies above `commit` counts only for a member of the same one; `view` is the view
    /// that the sender is in.
    case entries(view: View, logView: View, entries: [LogEntry], commit: Op)
    /// These entries and every blob that they name are durable at the sender.
    case prepareOk(view: View, acknowledgements: [Acknowledgement])
    /// The primary's regular sign of life.
    case heartbeat(view: View, commit: Op)
    /// Asks for the entries after `after`; answered by `entries`.
    case getEntries(after: Op)
    /// The sender wants another primary than that of `view`. Two of these make a view change.
    case exitView(view: View)
    /// The sender takes part in nothing before `view` any more, and holds this. Durable before it leaves.
    case joinView(view: View, vote: Vote)
    /// The log with which its view begins, or has come to. `session` is that of the vote it answers, or 0.
    case view(CanonicalLog, session: UInt64)
    /// The sender is in this view and its log ends there: to whoever is behind, or asks because it does not trust its
    /// own memory.
    case standing(view: View, head: Op, session: UInt64)
    /// The primary asks whether it is still one. `nonce` is fresh for every attempt.
    case readBarrier(view: View, nonce: UInt64)
    /// It is, as far as the sender knows.
    case readOk(view: View, nonce: UInt64)

    /// One durable entry, by its op and header hash.
    package struct Acknowledgement: Hashable, Sendable {
        package let op: Op
        package let entry: Digest

        package init(op: Op, entry: Digest) {
            self.op = op
            self.entry = entry
        }
    }
}
