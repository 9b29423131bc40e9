internal import Logging
internal import Synchronization
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// Carries log entries in bulk, for a member that was away: what this one asks for, and what it owes to others.
final class RepairWorker: Sendable {
    private static let bytesMax = 4 << 20

    private let requests: AsyncStream<EngineSinks.Repair>
    private let clients: [PeerClient?]
    private let store: BlobStore
    private let engine: ReplicaEngine
    private let logger: Logger
    private let turns = Mutex(RepairTurns())

    init(
        requests: AsyncStream<EngineSinks.Repair>,
        clients: [PeerClient?],
        store: BlobStore,
        engine: ReplicaEngine,
        logger: Logger
    ) {
        self.requests = requests
        self.clients = clients
        self.store = store
        self.engine = engine
        self.logger = logger
    }

    /// Runs until the requests end or the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await request in self.requests {
                guard self.turns.withLock({ $0.begin(request) }) else { continue }
                group.addTask {
                    var turn: EngineSinks.Repair? = request
                    while let request = turn {
                        await self.carry(request)
                        turn = self.turns.withLock { $0.next(after: request) }
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func carry(_ request: EngineSinks.Repair) async {
        switch request {
        case .fetch(let member, let after): await self.fetch(from: member, after: after)
        case .send(let member, let view, let logView, let after, let through, let commit):
            await self.send(after: after, through: through, to: member, commit: commit, views: (view, logView))
        }
    }

    private func fetch(from member: Int, after: Op) async {
        guard let client = self.clients[member] else { return }
        do {
            let page = try await client.logEntries(after: after, bytesMax: Self.bytesMax)
            let message = Message.entries(
                view: page.view,
                logView: page.logView,
                entries: page.entries,
                commit: page.commit
            )
            await self.engine.receive([message], from: member)
        } catch {
            self.logger.debug("fetching entries failed", metadata: ["member": "\(member)", "error": "\(error)"])
        }
    }

    private func send(
        after: Op,
        through: Op,
        to member: Int,
        commit: Op,
        views: (view: View, logView: View)
    ) async {
        guard let client = self.clients[member] else { return }
        do {
            let entries = try await self.store.entries(after: after, bytesMax: Limits.entriesPerMessageBytesMax)
                .prefix { $0.header.op <= through }
                .prefix(Limits.entriesPerMessageMax)
            // What was read may be of another log by now.
            guard !entries.isEmpty, await self.engine.isUnchanged(view: views.view, logView: views.logView) else {
                return
            }
            let message = Message.entries(
                view: views.view,
                logView: views.logView,
                entries: Array(entries),
                commit: commit
            )
            try await client.deliver([message], inline: [])
        } catch {
            self.logger.debug("sending entries failed", metadata: ["member": "\(member)", "error": "\(error)"])
        }
    }
}
