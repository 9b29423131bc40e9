internal import TarnConsensus
internal import TarnCore

/// Has an exchange of heads with one member four times a second.
struct GossipWorker: Sendable {
    private static let interval = Duration.milliseconds(250)
    /// An answer that takes longer says nothing about the present any more.
    private static let patience = Duration.seconds(10)

    let node: Node
    let member: Int

    /// Runs until cancelled.
    func run() async {
        while !Task.isCancelled {
            await self.node.exchangeHeads(with: self.member, within: Self.patience)
            guard (try? await Task.sleep(for: Self.interval)) != nil else { return }
        }
    }
}
