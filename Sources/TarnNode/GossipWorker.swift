internal import Logging
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// Tells one member four times a second how this node stands, and notes what it answers.
final class GossipWorker: Sendable {
    private static let interval = Duration.milliseconds(250)

    private let peer: DatacenterID
    private let client: PeerClient
    private let heads: @Sendable () async -> [Heads.Head]
    private let note: @Sendable (Heads, DatacenterID) async -> Void
    private let table: PeerTable
    private let logger: Logger

    init(
        peer: DatacenterID,
        client: PeerClient,
        heads: @escaping @Sendable () async -> [Heads.Head],
        note: @escaping @Sendable (Heads, DatacenterID) async -> Void,
        table: PeerTable,
        logger: Logger
    ) {
        self.peer = peer
        self.client = client
        self.heads = heads
        self.note = note
        self.table = table
        self.logger = logger
    }

    /// Runs until cancelled.
    func run() async {
        var nonce: UInt64 = 0
        while !Task.isCancelled {
            nonce += 1
            await self.exchange(nonce: nonce)
            guard (try? await Task.sleep(for: Self.interval)) != nil else { return }
        }
    }

    private func exchange(nonce: UInt64) async {
        let start = WallClock.monotonicNanoseconds()
        do {
            let answer = try await self.client.gossip(Heads(nonce: nonce, echo: 0, heads: await self.heads()))
            guard answer.echo == nonce else { return }
            let elapsed = Double(WallClock.monotonicNanoseconds() - start) / 1_000_000
            self.table.note(roundTripMilliseconds: elapsed, of: self.peer)
            await self.note(answer, self.peer)
        } catch {
            self.logger.debug("no answer", metadata: ["peer": "\(self.peer)", "error": "\(error)"])
        }
    }
}
