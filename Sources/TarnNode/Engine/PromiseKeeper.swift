internal import Logging
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore

/// Makes durable what the replica promises: the view below which it takes part in nothing any more.
final class PromiseKeeper: Sendable {
    private let promises: AsyncStream<EngineSinks.Promise>
    private let store: BlobStore
    private let engine: ReplicaEngine
    private let logger: Logger

    init(promises: AsyncStream<EngineSinks.Promise>, store: BlobStore, engine: ReplicaEngine, logger: Logger) {
        self.promises = promises
        self.store = store
        self.engine = engine
        self.logger = logger
    }

    /// Runs until the promises end or the task is cancelled.
    func run() async {
        for await promise in self.promises {
            await Retry.untilCancelled(logger: self.logger, what: "writing the superblock") {
                try await self.store.updateSuperblock { superblock in
                    switch promise {
                    case .view(let view): superblock.view = max(superblock.view, view)
                    case .trust: superblock.isTrusted = true
                    }
                }
            }
            guard !Task.isCancelled else { return }
            if case .view(let view) = promise { await self.engine.viewPersisted(view) }
        }
    }
}
