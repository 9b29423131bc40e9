internal import TarnConsensus
internal import TarnCore

/// Where the engine puts what its replica wants done: queues, none of which ever blocks.
struct EngineSinks: Sendable {
    /// Bulk transfer of log entries that a replica asked for.
    enum Repair: Sendable {
        case fetch(from: Int, after: Op)
        case send(to: Int, view: View, after: Op, through: Op, commit: Op)
    }

    let persist: PersistQueue
    /// By member index; nil for this member.
    let outboxes: [Outbox?]
    /// May drop when full: the replica asks again.
    let repair: AsyncStream<Repair>.Continuation
    let feed: CatalogFeed
}
