internal import TarnSegment

/// Records that one caller wants durable together, in this order.
struct WriteRequest: Sendable {
    /// What became of them.
    struct Outcome: Hashable, Sendable {
        /// Blobs that were not there before.
        var newCount = 0
        /// Bytes of their records.
        var newBytesCount = 0
    }

    let runs: [RecordRun]
    /// Writes without which this one is worth nothing: each was queued before it, and when one fails, so does this.
    var after: [WriteTicket] = []
    /// Whether it begins no batch by itself but goes with whatever is queued next, for a moment at most.
    var mayWait = false
    /// Whether it may use the reserve of free space: acknowledgements and log entries may, new content may not.
    let mayUseReserve: Bool
    /// Called once, when all is durable and visible, or certainly will not be.
    let complete: @Sendable (Result<Outcome, StoreError>) -> Void

    var bytesCount: Int { self.runs.reduce(0) { $0 + $1.bytes.count } }
}
