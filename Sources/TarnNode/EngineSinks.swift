internal import TarnConsensus
internal import TarnCore

/// Where the engine puts what its replica wants done: queues, none of which ever blocks.
struct EngineSinks: Sendable {
    /// Bulk transfer of log entries that a replica asked for.
    enum Repair: Sendable {
        case fetch(from: Int, after: Op)
        case send(to: Int, view: View, logView: View, after: Op, through: Op, commit: Op)
    }

    /// What the superblock has to say before anybody may act on it.
    enum Promise: Sendable {
        case view(View)
        case trust
    }

    let persist: PersistQueue
    /// By member index; nil for this member.
    let outboxes: [Outbox?]
    /// May drop when full: the replica asks again.
    let repair: AsyncStream<Repair>.Continuation
    /// Unbounded, and as rare as view changes.
    let promises: AsyncStream<Promise>.Continuation
    let feed: CatalogFeed
}
