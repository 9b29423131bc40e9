internal import Logging
internal import NIOPosix
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore
internal import TarnHTTP2
internal import TarnPeer
internal import TarnSegment

/// The node's background tasks: each a loop of its own, all children of ``Node/run()``.
final class NodeWorkers: Sendable {
    private static let checkpointInterval = Duration.seconds(10)
    private static let datacentersInterval = Duration.milliseconds(500)
    /// An engine that is busy cannot say so: that is looked for.
    private static let pulseLookNanoseconds: UInt64 = 50_000_000
    /// Two ticks at once: nothing that a tick decides is as urgent, and an idle node wakes half as often.
    private static let tickMilliseconds = 2 * Int(Tick.milliseconds)
    /// For what is written down in case of a crash, and need not be exact: the commit number, the others' last words.
    private static let noteInterval = Duration.seconds(1)

    private let parts: NodeParts
    private let catalogWorker: CatalogWorker
    private let logger: Logger

    init(_ parts: NodeParts, logger: Logger) {
        self.parts = parts
        self.catalogWorker = CatalogWorker(
            feed: parts.sinks.feed,
            catalog: parts.catalog,
            engine: parts.engine,
            store: parts.store,
            logger: logger
        )
        self.logger = logger
    }

    /// Each task returns false: only the shutdown ends the node.
    func addTasks(to group: inout ThrowingTaskGroup<Bool, any Error>, node: Node, isCatalogCurrent: Bool) {
        for work in self.localWork(node: node, isCatalogCurrent: isCatalogCurrent) + self.peerWork(node: node) {
            group.addTask {
                try await work()
                return false
            }
        }
    }

    private typealias Work = @Sendable () async throws -> Void

    private func localWork(node: Node, isCatalogCurrent: Bool) -> [Work] {
        let parts = self.parts
        let logger = self.logger
        let recovered = parts.state.head.op
        let persister = PersistWorker(
            queue: parts.sinks.persist,
            store: parts.store,
            engine: parts.engine,
            fetcher: parts.fetcher,
            jobs: parts.jobs,
            collector: parts.collector,
            arrears: node.arrears,
            logger: logger
        )
        let upkeep = UpkeepWorker(
            settings: parts.configuration.upkeep,
            store: parts.store,
            collector: parts.collector,
            healer: parts.healer,
            raiseFloor: { if node.primaryURL == nil { _ = try await node.raiseFloor() } },
            logger: logger
        )
        return [
            { await parts.jobs.run() },
            { await withTaskExecutorPreference(parts.engine.tasks) { await persister.run() } },
            { await persister.completeCommitted(through: recovered) },
            {
                await PromiseKeeper(
                    promises: parts.sources.promises,
                    store: parts.store,
                    engine: parts.engine,
                    logger: logger
                ).run()
            },
            {
                await RepairWorker(
                    requests: parts.sources.repairs,
                    clients: parts.clients,
                    store: parts.store,
                    engine: parts.engine,
                    logger: logger
                ).run()
            },
            { await self.catalogWorker.run(isCurrent: isCatalogCurrent) },
            { try await parts.catalog.runBackgroundWork() },
            { await upkeep.collect() },
            { await upkeep.scrub() },
            { await upkeep.heal() },
            { await parts.engine.runTicks(everyMilliseconds: Self.tickMilliseconds) },
            { await self.beat() },
            { await self.writeCheckpoints() },
            { await self.noteCommits() },
            { await self.noteLastWords(of: node) },
            { await self.noteDatacenters(of: node) },
        ]
    }

    private func servePeers(delegate: any PeerDelegate) async throws {
        let parts = self.parts
        let address = parts.configuration.peerAddress
        let server = try PeerServer(
            address: HTTP2Address(host: address.host, port: address.port),
            identity: parts.identity,
            members: parts.addresses.map(\.datacenter),
            delegate: delegate,
            bodyCodec: parts.codec,
            exchange: parts.exchange,
            controlExecutor: parts.engine.tasks,
            group: .singletonMultiThreadedEventLoopGroup,
            logger: self.logger
        )
        parts.listener.note(server)
        try await server.bind()
        try await server.run()
    }

    private func peerWork(node: Node) -> [Work] {
        let parts = self.parts
        let logger = self.logger
        // A cluster of one has no peers to listen to.
        guard parts.clients.count > 1 else { return [] }
        var work: [Work] = [{ try await self.servePeers(delegate: node) }]
        for (index, client) in parts.clients.enumerated() {
            guard let client, let outbox = parts.sinks.outboxes[index] else { continue }
            let engine = parts.engine
            work.append {
                let sender = PeerSender(
                    outbox: outbox,
                    client: client,
                    store: parts.store,
                    unmirrored: parts.unmirrored,
                    receive: { await engine.receive($0, from: index) },
                    logger: logger
                )
                await withTaskExecutorPreference(parts.engine.tasks) { await sender.run() }
            }
            work.append { await GossipWorker(node: node, member: index).run() }
        }
        return work
    }

    /// The last ops for the catalog, the last checkpoint and the commit number, when everything else has ended.
    func finish() async {
        await self.noteCommit()
        await self.catalogWorker.finish()
        do {
            try await self.parts.checkpointer.write()
        } catch {
            // What is missing costs time at the next start, which replays the log instead.
            self.logger.error("no checkpoint at the end", metadata: ["error": "\(error)"])
        }
        for client in self.parts.clients { await client?.close() }
    }

    /// Speaks for the engine while that is busy.
    private func beat() async {
        let pulse = self.parts.pulse
        var pause = Self.pulseLookNanoseconds
        while (try? await Task.sleep(for: .nanoseconds(Int64(pause)))) != nil {
            let now = WallClock.monotonicNanoseconds()
            for (member, message) in pulse.due(at: now) {
                guard let client = self.parts.clients[member] else { continue }
                // Not by way of the outbox: that is emptied on the engine's queue.
                self.parts.jobs.submit { _ = try? await client.deliver([message]) }
            }
            // An engine that took a step just now cannot be late for a while.
            pause = max(Self.pulseLookNanoseconds, pulse.nanosecondsUntilLate(at: now))
        }
    }

    private func writeCheckpoints() async {
        while (try? await Task.sleep(for: Self.checkpointInterval)) != nil {
            do {
                try await self.parts.checkpointer.writeIfDue()
            } catch {
                self.logger.error("checkpoint failed; trying again later", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Keeps the catalog's `datacenters` view at what is known of the members.
    private func noteDatacenters(of node: Node) async {
        while (try? await Task.sleep(for: Self.datacentersInterval)) != nil {
            let rows = await node.status().datacenters.map { status in
                DatacenterRow(
                    datacenter: status.datacenter,
                    role: status.role,
                    url: status.url,
                    isReachable: status.isReachable,
                    view: status.view,
                    op: status.op,
                    commit: status.commit,
                    root: status.root,
                    lagOps: status.lagOps,
                    missingBytesCount: status.missingBytesCount,
                    roundTripMilliseconds: status.roundTripMilliseconds,
                    trouble: status.trouble
                )
            }
            do {
                try await self.parts.catalog.update(datacenters: rows)
            } catch {
                self.logger.debug("the datacentres' rows could not be written", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Keeps commit number and log view in the superblock at most a second behind, so that a restart serves what was
    /// acknowledged.
    private func noteCommits() async {
        var before = self.parts.state.head.op
        while (try? await Task.sleep(for: Self.noteInterval)) != nil {
            let commit = self.parts.state.head.op
            // Where more commits, the end of the log tells as much (``Replica/commitFloor(head:)``).
            if commit.number <= before.number + UInt64(Limits.pipelineSetsMax) { await self.noteCommit() }
            before = commit
        }
    }

    /// Keeps what the others say they hold at most a second behind.
    private func noteLastWords(of node: Node) async {
        let keeper = LastWordsKeeper(file: LastWords(configuration: self.parts.configuration))
        while (try? await Task.sleep(for: Self.noteInterval)) != nil {
            do {
                try await keeper.keep(node.peers.heads)
            } catch {
                self.logger.debug("the others' last words could not be kept", metadata: ["error": "\(error)"])
            }
        }
    }

    private func noteCommit() async {
        let superblock = self.parts.store.superblock
        let commit = self.parts.state.head.op
        // The record that names the log view was durable before, so the superblock never runs ahead of it.
        let logView = self.parts.store.log.logView
        guard commit > superblock.commit || logView > superblock.logView else { return }
        do {
            try await self.parts.store.updateSuperblock { superblock in
                superblock.commit = commit
                superblock.logView = logView
                superblock.view = max(superblock.view, logView)
            }
        } catch {
            self.logger.error("the superblock could not be written", metadata: ["error": "\(error)"])
        }
    }
}
