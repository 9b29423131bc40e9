internal import Foundation
internal import Logging
internal import NIOPosix
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnHTTP2
internal import TarnMerkle
internal import TarnPeer
internal import TarnStorage

/// What a node is put together from, in the order it has to be made: store, catalog, recovered state, replica, queues,
/// peers.
struct NodeParts {
    let configuration: NodeConfiguration
    let genesis: Genesis
    let own: Int
    let identity: NodeIdentity
    let codec: ZstdBodyCodec
    let store: BlobStore
    let catalog: Catalog
    let state: CommittedState
    let engine: ReplicaEngine
    let sinks: EngineSinks
    let sources: EngineSinks.Sources
    let clients: [PeerClient?]
    let unmirrored: UnmirroredBlobs
    let fetcher: BlobFetcher
    let jobs: JobRunner
    let checkpointer: Checkpointer
    let collector: GarbageCollector
    let damages: DamageBook
    let healer: Healer
    let listener = PeerListener()
    let isCatalogCurrent: Bool

    static func make(_ configuration: NodeConfiguration, logger: Logger) async throws -> NodeParts {
        let genesis = try Self.genesis(of: configuration)
        guard let own = genesis.members.firstIndex(where: { $0.datacenter == configuration.datacenter }) else {
            throw ConfigurationError("the genesis does not name datacentre \(configuration.datacenter)")
        }
        let identity = try configuration.nodeIdentity()
        let (store, catalog) = try await Self.openStores(configuration, genesis: genesis, logger: logger)
        let found = try await NodeRecovery(genesis: genesis, store: store, catalog: catalog, logger: logger).run()
        let codec = try ZstdBodyCodec()
        let clients = try configuration.members.map { member in
            member.datacenter == configuration.datacenter
                ? nil : try Self.client(of: member, identity: identity, codec: codec, logger: logger)
        }
        let (sinks, sources) = EngineSinks.make(outboxes: clients.map { $0 == nil ? nil : Outbox() })
        let state = CommittedState(found.snapshot)
        let engine = try Self.engine(
            of: found,
            configuration: ReplicaConfiguration(
                memberCount: genesis.members.count,
                own: own,
                policy: genesis.policy,
                session: UInt64.random(in: 1...(.max))
            ),
            state: state,
            sinks: sinks,
            logger: logger
        )
        let fetcher = BlobFetcher(store: store, clients: clients, logger: logger)
        let damages = DamageBook()
        let collector = GarbageCollector(
            genesis: genesis,
            store: store,
            state: state,
            settings: configuration.upkeep,
            logger: logger
        )
        let healer = Healer(
            genesis: genesis,
            store: store,
            state: state,
            collector: collector,
            fetcher: fetcher,
            clients: clients,
            book: damages,
            logger: logger
        )
        return NodeParts(
            configuration: configuration,
            genesis: genesis,
            own: own,
            identity: identity,
            codec: codec,
            store: store,
            catalog: catalog,
            state: state,
            engine: engine,
            sinks: sinks,
            sources: sources,
            clients: clients,
            unmirrored: UnmirroredBlobs(),
            fetcher: fetcher,
            jobs: JobRunner(),
            checkpointer: Checkpointer(store: store, engine: engine, last: found.checkpoint, logger: logger),
            collector: collector,
            damages: damages,
            healer: healer,
            isCatalogCurrent: found.isCatalogCurrent
        )
    }

    private static func openStores(
        _ configuration: NodeConfiguration,
        genesis: Genesis,
        logger: Logger
    ) async throws -> (BlobStore, Catalog) {
        try FileManager.default.createDirectory(
            atPath: configuration.dataDirectory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let store = try await BlobStore.open(
            directory: configuration.dataDirectory,
            configuration: BlobStore.Configuration(clusterID: genesis.clusterID, datacenter: configuration.datacenter),
            storage: SealedStorage(PosixStorage(), key: try configuration.storageKey()),
            logger: logger
        )
        let catalog = try await Catalog.open(
            Catalog.Configuration(
                directory: configuration.dataDirectory,
                clusterName: genesis.clusterName,
                isSearchEnabled: configuration.isSearchEnabled
            ),
            content: StoreContentSource(store: store),
            logger: logger
        )
        return (store, catalog)
    }

    private static func engine(
        of found: NodeRecovery.Result,
        configuration: ReplicaConfiguration,
        state: CommittedState,
        sinks: EngineSinks,
        logger: Logger
    ) throws -> ReplicaEngine {
        try ReplicaEngine(
            replica: Replica(configuration: configuration, recovered: found.recovered, hash: SHA256.self),
            recovered: found.recovered,
            line: found.line,
            clientTable: found.clientTable,
            changesSinceCheckpoint: found.replayedChangesCount,
            state: state,
            sinks: sinks,
            clock: NodeClock(),
            logger: logger
        )
    }

    private static func genesis(of configuration: NodeConfiguration) throws -> Genesis {
        guard let bytes = FileManager.default.contents(atPath: configuration.genesisPath) else {
            throw ConfigurationError("cannot read the genesis \(configuration.genesisPath)")
        }
        let genesis: Genesis
        do {
            genesis = try Genesis(decoding: Array(bytes))
        } catch {
            throw ConfigurationError("\(configuration.genesisPath) is not a genesis: \(error)")
        }
        guard genesis.clusterName == configuration.clusterName else {
            throw ConfigurationError(
                "node.yaml is of cluster \(configuration.clusterName), its genesis of cluster \(genesis.clusterName)"
            )
        }
        guard genesis.members.map(\.datacenter) == configuration.members.map(\.datacenter) else {
            throw ConfigurationError("key 'members' differs from the members of the genesis, or their order does")
        }
        return genesis
    }

    private static func client(
        of member: NodeConfiguration.Member,
        identity: NodeIdentity,
        codec: ZstdBodyCodec,
        logger: Logger
    ) throws -> PeerClient {
        try PeerClient(
            peer: member.datacenter,
            address: HTTP2Address(host: member.peer.host, port: member.peer.port),
            identity: identity,
            bodyCodec: codec,
            group: .singletonMultiThreadedEventLoopGroup,
            logger: logger
        )
    }
}
