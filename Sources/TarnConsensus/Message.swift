package import TarnCore

/// What replicas say to each other. Small: blobs never travel in here (a shell sends them by its own means).
package enum Message: Hashable, Sendable {
    /// A new entry from the primary of `view`, with the commit number that it knows.
    case prepare(view: View, entry: LogEntry, commit: Op)
    /// Entries asked for by `getEntries`, in order and without gaps, from any member that holds them; `commit` as the
    /// sender knows it.
    case entries(view: View, entries: [LogEntry], commit: Op)
    /// These entries and every blob that they name are durable at the sender.
    case prepareOk(view: View, acknowledgements: [Acknowledgement])
    /// The primary's regular sign of life.
    case heartbeat(view: View, commit: Op)
    /// Asks for the entries after `after`; answered by `entries`.
    case getEntries(after: Op)

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
