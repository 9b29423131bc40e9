internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Blobs that somebody is storing right now, each with the ticket of that write: whoever comes second waits instead of
/// storing another copy, so what the cache says about a blob is true of the copy on disk.
final class BlobsInFlight: Sendable {
    private let tickets = Mutex<[Fingerprint: WriteTicket]>([:])

    /// Claims a blob for the write that `ticket` stands for. Returns the ticket of the write that has it already, or
    /// nil. Only after this may a caller ask whether the blob is present: a write makes it so before it lets go.
    func claim(_ fingerprint: Fingerprint, _ ticket: WriteTicket) -> WriteTicket? {
        self.tickets.withLock { tickets in
            if let other = tickets[fingerprint] { return other }
            tickets[fingerprint] = ticket
            return nil
        }
    }

    /// Lets go of everything that the write of `ticket` claimed.
    func release(_ fingerprints: [Fingerprint], _ ticket: WriteTicket) {
        self.tickets.withLock { tickets in
            for fingerprint in fingerprints where tickets[fingerprint] === ticket { tickets[fingerprint] = nil }
        }
    }

    /// The writes that are storing some of `fingerprints`.
    func others(_ fingerprints: [Fingerprint]) -> [WriteTicket] {
        self.tickets.withLock { tickets in fingerprints.compactMap { tickets[$0] } }
    }
}
