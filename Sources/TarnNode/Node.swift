package import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import TarnBlobStore
package import TarnCatalog
internal import TarnConsensus
package import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnPeer
internal import TarnStorage

/// One datacentre's node: the store, the replica and its shell, the catalog, and the links to the peers.
///
/// Made by ``start(configuration:logger:)``, which brings the state back from disk; ``run()`` is the node's life, and
/// ends with a checkpoint and a clean store.
package final class Node: Service {
    let configuration: NodeConfiguration
    let genesis: Genesis
    /// This member's seat.
    let own: Int
    let store: BlobStore
    package let catalog: Catalog
    let state: CommittedState
    let engine: ReplicaEngine
    let archive: SnapshotArchive
    package let credential: NodeCredential
    let authenticator: Authenticator
    let peers: PeerTable
    /// By member index; nil for this member.
    let clients: [PeerClient?]
    let unmirrored: UnmirroredBlobs
    let stageRounds: StageRounds
    let jobs: JobRunner
    let fetcher: BlobFetcher
    let persistQueue: PersistQueue
    /// By seat; nil for this member.
    let outboxes: [Outbox?]
    package let metrics = NodeMetrics()
    let freshness = Freshness()
    let arrears = Arrears()
    let comparer = TreeComparer()
    let lagGate = Mutex(LagGate())
    let wrongRoots = Mutex(WrongRoots())
    let checkpointer: Checkpointer
    private let isOver = Mutex(false)
    /// Exchanges of heads that this node began: each has its own nonce.
    let headsCount = Atomic<UInt64>(0)
    let startedAtMicroseconds = WallClock.microseconds()
    let collector: GarbageCollector
    let damages: DamageBook
    let healer: Healer
    let listener: PeerListener
    let exchange: MembershipExchange
    let finder: MembershipFinder
    /// Where each member is reached, by seat.
    let addresses: [NodeConfiguration.Member]
    let logger: Logger

    private let endings: AsyncStream<Ending>
    private let endingsContinuation: AsyncStream<Ending>.Continuation
    private let ending = Mutex(Ending.stopped)
    let memberships: AsyncStream<Reconfiguration>
    private let workers: NodeWorkers
    private let isCatalogCurrent: Bool

    private init(_ parts: NodeParts, logger: Logger) {
        self.configuration = parts.configuration
        self.genesis = parts.genesis
        self.own = parts.own
        self.store = parts.store
        self.catalog = parts.catalog
        self.state = parts.state
        self.engine = parts.engine
        self.archive = SnapshotArchive(genesis: parts.genesis, store: parts.store, state: parts.state)
        self.credential = NodeCredential(parts.genesis)
        self.authenticator = Authenticator(
            adminTokenHash: parts.genesis.adminTokenHash,
            credential: self.credential,
            state: parts.state,
            store: parts.store
        )
        self.peers = parts.peers
        self.clients = parts.clients
        self.unmirrored = parts.unmirrored
        self.stageRounds = StageRounds(clients: parts.clients.compactMap(\.self), jobs: parts.jobs, logger: logger)
        self.jobs = parts.jobs
        self.fetcher = parts.fetcher
        self.persistQueue = parts.sinks.persist
        self.outboxes = parts.sinks.outboxes
        self.collector = parts.collector
        self.damages = parts.damages
        self.healer = parts.healer
        self.listener = parts.listener
        self.exchange = parts.exchange
        self.finder = parts.finder
        self.addresses = parts.addresses
        self.memberships = parts.sources.memberships
        (self.endings, self.endingsContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.checkpointer = parts.checkpointer
        self.logger = logger
        self.isCatalogCurrent = parts.isCatalogCurrent
        self.workers = NodeWorkers(parts, logger: logger)
    }

    /// Whether ``run()`` ended because the node is to be started anew: its peers are others now, or it
    /// repaired its state.
    package var isToRestart: Bool { self.ending.withLock { $0 == .restart } }

    /// Returns when the node is to end by itself.
    func waitForEnd() async {
        for await _ in self.endings { return }
    }

    /// Has whoever waits for the node's end stop it.
    func end(_ ending: Ending) {
        self.ending.withLock { $0 = ending }
        self.endingsContinuation.yield(ending)
    }

    /// Opens the data folder, recovers and gets ready to serve. Throws when the folder is another node's, in use or
    /// damaged beyond what recovery can tell apart.
    package static func start(configuration: NodeConfiguration, logger: Logger) async throws -> Node {
        let node = Node(try await NodeParts.make(configuration, logger: logger), logger: logger)
        // Before anybody can reach it: who asks a node for something need not wait for ``run()``.
        await node.engine.start()
        return node
    }

    package var datacenter: DatacenterID { self.configuration.datacenter }

    /// Where peers reach this node, once ``run()`` listens.
    package var peerAddress: HostPort { self.configuration.peerAddress }

    /// Whether ``run()`` is over, and the store closed.
    package var hasEnded: Bool { self.isOver.withLock { $0 } }

    /// Serves peers and does all background work until the group shuts down; then writes a checkpoint and closes the
    /// store.
    package func run() async throws {
        do {
            try await self.live()
        } catch {
            // Whatever went wrong, the store is closed as at any other end.
            do {
                try await self.finish()
            } catch {
                self.logger.error("the node did not end cleanly", metadata: ["error": "\(error)"])
            }
            throw error
        }
        try await self.finish()
    }

    /// Runs everything that the node does until its shutdown begins or something fails.
    private func live() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            self.workers.addTasks(to: &group, node: self, isCatalogCurrent: self.isCatalogCurrent)
            group.addTask {
                try await gracefulShutdown()
                return true
            }
            let followers: [@Sendable () async -> Void] = [
                { await self.followMembership() }, { await self.followPeers() }, { await self.growWhenLearned() },
            ]
            for work in followers {
                group.addTask {
                    await work()
                    return false
                }
            }
            // An error or the shutdown ends everything; a worker that has nothing to do may end before. Whoever waits
            // for the engine is let go at once: the group waits for them, and the ticks that end their waits end too.
            do {
                while let isOver = try await group.next(), !isOver {}
            } catch {
                await self.engine.stop()
                throw error
            }
            await self.engine.stop()
            group.cancelAll()
        }
    }

    /// Writes down what the next start needs, and closes the files.
    private func finish() async throws {
        await self.workers.finish()
        do {
            try await self.catalog.close()
        } catch {
            // It holds nothing that the store does not.
            self.logger.error("the catalog could not be closed", metadata: ["error": "\(error)"])
        }
        try await self.store.close()
        self.isOver.withLock { $0 = true }
    }
}
