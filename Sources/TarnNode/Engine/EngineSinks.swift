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

    /// The receiving ends of the streams.
    struct Sources: Sendable {
        let memberships: AsyncStream<Reconfiguration>
        let repairs: AsyncStream<Repair>
        let promises: AsyncStream<Promise>
    }

    let persist: PersistQueue
    /// By member index; nil for this member.
    let outboxes: [Outbox?]
    /// May drop when full: the replica asks again.
    let repair: AsyncStream<Repair>.Continuation
    /// Unbounded, and as rare as view changes.
    let promises: AsyncStream<Promise>.Continuation
    let feed: CatalogFeed
    /// Changes of the membership, once committed.
    let memberships: AsyncStream<Reconfiguration>.Continuation

    /// Empty queues, with an outbox for every member but this one.
    static func make(outboxes: [Outbox?]) -> (sinks: EngineSinks, sources: Sources) {
        let (repairs, repair) = AsyncStream.makeStream(of: Repair.self, bufferingPolicy: .bufferingNewest(64))
        let (promised, promises) = AsyncStream.makeStream(of: Promise.self)
        let (memberships, membership) = AsyncStream.makeStream(of: Reconfiguration.self)
        let sinks = EngineSinks(
            persist: PersistQueue(),
            outboxes: outboxes,
            repair: repair,
            promises: promises,
            feed: CatalogFeed(),
            memberships: membership
        )
        return (sinks, Sources(memberships: memberships, repairs: repairs, promises: promised))
    }
}
