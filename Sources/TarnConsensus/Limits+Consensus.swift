package import TarnCore

// What a replica may hold in memory, and what one message may carry.
extension Limits {
    /// Change sets that are ordered and not committed. No entry is ever made while its predecessor by this many is
    /// uncommitted, so an entry on disk proves that everything this far below it has committed
    /// (``Replica/commitFloor(head:)``).
    package static let pipelineSetsMax = 64
    /// Body bytes that are ordered and not committed; one more body may start while they are below this.
    package static let pipelineBytesMax = 16 << 20
    /// Entries that were accepted from others and are not on this member's disk yet.
    package static let acceptedEntriesMax = 2_048
    package static let acceptedBytesMax = 16 << 20
    /// Prepares held back until the ones before them arrive.
    package static let reorderedEntriesMax = 64
    package static let reorderedBytesMax = 8 << 20
    /// Committed ops whose hash and holders are remembered: enough to answer every retransmission and to notice a fork
    /// at once.
    package static let committedRetainedCount = 256
    /// Ops by which a member may lag and still be sent every Prepare; one further behind fetches entries in bulk.
    package static let followLagMax = 1_024
    /// Entries in one answer to ``Message/getEntries(after:)``, and their body bytes; one entry always fits.
    package static let entriesPerMessageMax = 1_024
    package static let entriesPerMessageBytesMax = 4 << 20
    package static let acknowledgementsPerMessageMax = 256
    /// Prepares and body bytes in one retransmission to one member.
    package static let resentEntriesMax = 16
    package static let resentBytesMax = 4 << 20
    /// Linearizable reads that wait for their quorum.
    package static let pendingReadsMax = 1_024
    /// Requests of one client that the client table remembers, the newest ones.
    package static let requestsPerClientMax = 256
    /// Requests of all clients that the client table remembers.
    package static let requestsMax = 262_144
}
