internal import Logging
internal import TarnCore
internal import TarnPeer

/// Has backups store the blobs of a large change set before it gets an op, so that it never holds up what comes behind
/// it in the log.
final class StageRounds: Sendable {
    /// Every other member.
    private let clients: [PeerClient]
    private let jobs: JobRunner
    private let logger: Logger

    init(clients: [PeerClient], jobs: JobRunner, logger: Logger) {
        self.clients = clients
        self.jobs = jobs
        self.logger = logger
    }

    /// Returns once one other member holds `blobs` durably; the others go on by themselves. Throws ``NodeError``
    /// `unavailable` when none can, at the latest when the requests' deadline is over: nothing was ordered then.
    func stage(_ blobs: [StageOffer.Blob], draft: UInt64) async throws {
        guard !self.clients.isEmpty, !blobs.isEmpty else { return }
        let offer = StageOffer(draftID: draft, blobs: blobs)
        let (results, continuation) = AsyncStream.makeStream(
            of: Bool.self,
            bufferingPolicy: .bufferingOldest(self.clients.count + 1)
        )
        for client in self.clients {
            self.jobs.submit {
                do {
                    try await client.stage(offer)
                    continuation.yield(true)
                } catch {
                    self.logger.debug("staging failed", metadata: ["error": "\(error)"])
                    continuation.yield(false)
                }
            }
        }
        var failures = 0
        for await isHeld in results {
            if isHeld { return }
            failures += 1
            if failures == self.clients.count { break }
        }
        throw NodeError(
            .unavailable,
            "no other datacentre could store the \(blobs.count) blobs of this change set; nothing was ordered, try again"
        )
    }
}
