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
    let peers: PeerTable
    let jobs: JobRunner
    let checkpointer: Checkpointer
    let collector: GarbageCollector
    let damages: DamageBook
    let healer: Healer
    let listener = PeerListener()
    let exchange: MembershipExchange
    let pulse: EnginePulse
    let finder: MembershipFinder
    let addresses: [NodeConfiguration.Member]
    let isCatalogCurrent: Bool

    static func make(_ configuration: NodeConfiguration, logger: Logger) async throws -> NodeParts {
        let genesis = try Self.genesis(of: configuration)
        let identity = try configuration.nodeIdentity()
        let (store, catalog) = try await Self.openStores(configuration, genesis: genesis, logger: logger)
        let finder = MembershipFinder(genesis: genesis, configuration: configuration)
        let (belonging, found) = try await NodeBelonging.find(finder, store: store, catalog: catalog, logger: logger)
        let codec = try ZstdBodyCodec()
        let exchange = belonging.exchange
        finder.keepBesideConfiguration(exchange.membership, logger: logger)
        let clients = try belonging.addresses.map { member in
            member.datacenter == configuration.datacenter
                ? nil
                : try Self.client(of: member, identity: identity, codec: codec, exchange: exchange, logger: logger)
        }
        let (sinks, sources) = EngineSinks.make(outboxes: clients.map { $0 == nil ? nil : Outbox() })
        let state = CommittedState(found.snapshot)
        let pulse = EnginePulse(own: belonging.seat, memberCount: belonging.addresses.count)
        let engine = try Self.engine(
            of: found,
            configuration: belonging.replicaConfiguration,
            exchange: exchange,
            pulse: pulse,
            state: state,
            sinks: sinks,
            logger: logger
        )
        let peers = PeerTable()
        let links = configuration.links
        let fetcher = BlobFetcher(store: store, clients: clients, peers: peers, links: links, logger: logger)
        let damages = DamageBook()
        let (collector, healer) = Self.upkeep(
            of: genesis,
            settings: configuration.upkeep,
            store: store,
            state: state,
            fetcher: fetcher,
            clients: clients,
            book: damages,
            logger: logger
        )
        return NodeParts(
            configuration: configuration,
            genesis: genesis,
            own: belonging.seat,
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
            peers: peers,
            jobs: JobRunner(),
            checkpointer: Checkpointer(store: store, engine: engine, last: found.checkpoint, logger: logger),
            collector: collector,
            damages: damages,
            healer: healer,
            exchange: exchange,
            pulse: pulse,
            finder: belonging.finder,
            addresses: belonging.addresses,
            isCatalogCurrent: found.isCatalogCurrent
        )
    }

    private static func upkeep(
        of genesis: Genesis,
        settings: UpkeepSettings,
        store: BlobStore,
        state: CommittedState,
        fetcher: BlobFetcher,
        clients: [PeerClient?],
        book: DamageBook,
        logger: Logger
    ) -> (GarbageCollector, Healer) {
        let collector = GarbageCollector(
            genesis: genesis,
            store: store,
            state: state,
            settings: settings,
            logger: logger
        )
        let healer = Healer(
            genesis: genesis,
            store: store,
            state: state,
            collector: collector,
            fetcher: fetcher,
            clients: clients,
            book: book,
            logger: logger
        )
        return (collector, healer)
    }

    static func openStores(
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
        exchange: MembershipExchange,
        pulse: EnginePulse,
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
            exchange: exchange,
            pulse: pulse,
            logger: logger
        )
    }

    static func genesis(of configuration: NodeConfiguration) throws -> Genesis {
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
        return genesis
    }

    private static func client(
        of member: NodeConfiguration.Member,
        identity: NodeIdentity,
        codec: ZstdBodyCodec,
        exchange: MembershipExchange,
        logger: Logger
    ) throws -> PeerClient {
        try PeerClient(
            peer: member.datacenter,
            address: HTTP2Address(host: member.peer.host, port: member.peer.port),
            identity: identity,
            bodyCodec: codec,
            exchange: exchange,
            group: .singletonMultiThreadedEventLoopGroup,
            logger: logger
        )
    }
}
