internal import TarnCore
internal import TarnSegment

/// What one job stores itself, in one stream, and what it leaves to other writes that have begun.
struct IngestClaims {
    let ticket = WriteTicket()
    private let inFlight: BlobsInFlight
    private var claimed: [Fingerprint] = []
    /// Writes of others that hold blobs of this job.
    private(set) var others: [WriteTicket] = []

    init(_ inFlight: BlobsInFlight) {
        self.inFlight = inFlight
    }

    /// Whether the blob is this job's to store. When another write has it, that one is noted.
    mutating func claim(_ fingerprint: Fingerprint) -> Bool {
        if let other = self.inFlight.claim(fingerprint, self.ticket) {
            if other !== self.ticket, !self.others.contains(where: { $0 === other }) { self.others.append(other) }
            return false
        }
        self.claimed.append(fingerprint)
        return true
    }

    /// Queues `runs`, which hold what was claimed, and lets go of it once they are durable, or certainly will not be.
    func write(
        _ runs: [RecordRun],
        to writer: StreamWriter,
        after: [WriteTicket] = [],
        mayUseReserve: Bool = false
    ) {
        writer.enqueue(WriteRequest(runs: runs, after: after, mayUseReserve: mayUseReserve) { self.finish($0) })
    }

    /// Lets go of everything: it is durable and visible, or certainly will not be.
    func finish(_ outcome: WriteTicket.Outcome) {
        self.inFlight.release(self.claimed, self.ticket)
        self.ticket.complete(outcome)
    }

    /// Lets go of everything: nothing is written.
    func abandon(_ error: StoreError) { self.finish(.failure(error)) }
}
