internal import Logging
internal import Synchronization
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnPeer

/// The replica and the namespace behind it: orders, commits and applies, on an executor of its own.
///
/// Every method makes one synchronous call of the machine; what comes out of it goes into queues that never block
/// (``EngineSinks``), so its order is kept. Commits are applied here.
actor ReplicaEngine {
    let executor = QueueExecutor(label: "tarn.engine")
    let clock: NodeClock
    let logger: Logger
    private let state: CommittedState
    let sinks: EngineSinks

    var replica: Replica
    var line: NamespaceLine
    var timestamps: TimestampSource
    private var clientTable: ClientTable
    /// Entries above the commit number, by op: ordered or accepted here.
    var accepted: [UInt64: LogEntry] = [:]
    /// Requests that are ordered and not committed.
    var requestsInFlight: [RequestID: Op] = [:]
    var waiters = CommitWaiters()
    var waitingRoom = WaitingRoom()
    /// Whether the waiting room is being emptied further up in the call stack.
    var isAdmitting = false
    /// The view that this node leads and has not begun with a no-op yet: nothing else may be ordered before it.
    var noopView: View?
    /// Linearizable reads that wait for their quorum, by nonce.
    var reads: [UInt64: CheckedContinuation<Op?, Never>] = [:]
    var readsCount: UInt64 = 0
    /// Who asked for the change of the membership that is under way.
    var reconfigurationWaiter: ReconfigurationWaiter?
    /// Whether no change may begin: who learns the log is being replaced.
    var refusesReconfigurations = false
    /// The change that the replica wants to have ordered now.
    var reconfigurationToOrder: Reconfiguration?
    /// Changes of the membership that were committed here and not adopted yet: one step may commit several.
    var reconfigurations: [LogEntry] = []
    let exchange: MembershipExchange
    private let pulse: EnginePulse
    /// The newest committed op when this node first heard of it after its start.
    private(set) var startCommit: Op?
    /// When views ended and began here.
    private(set) var views: ViewHistory
    /// Entries changed since the newest checkpoint.
    private(set) var changesSinceCheckpoint: Int
    /// Headers of the newest commits, for the answers to those who wait for them.
    private(set) var recent = RecentHeaders()
    /// The index of the member that leads, as of the last step. To ask the engine itself would cost two changes of
    /// thread, in every write.
    private nonisolated let leader: Atomic<Int>
    /// Why this node does not serve, once it does not.
    private(set) var trouble: String?
    /// Whether the node's end has begun: nobody may wait for anything any more.
    private(set) var isStopped = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }
    /// Where tasks run that do little else than talk to the engine; see ``QueueExecutor/tasks``.
    nonisolated var tasks: any TaskExecutor { self.executor.tasks }

    init(
        replica: Replica,
        recovered: RecoveredLog,
        line: NamespaceLine,
        clientTable: ClientTable,
        changesSinceCheckpoint: Int,
        state: CommittedState,
        sinks: EngineSinks,
        clock: NodeClock,
        exchange: MembershipExchange,
        pulse: EnginePulse,
        logger: Logger
    ) throws {
        self.replica = replica
        self.line = line
        self.clientTable = clientTable
        self.changesSinceCheckpoint = changesSinceCheckpoint
        self.state = state
        self.sinks = sinks
        self.clock = clock
        self.exchange = exchange
        self.pulse = pulse
        self.logger = logger
        self.timestamps = TimestampSource(lastMicroseconds: replica.headTimestampMicroseconds)
        self.views = ViewHistory(view: replica.view)
        self.leader = Atomic(replica.primary)
        for suffix in recovered.suffix {
            self.accepted[suffix.entry.header.op.number] = suffix.entry
            self.requestsInFlight[suffix.entry.header.request] = suffix.entry.header.op
        }
    }

    // MARK: Events

    func start() { self.step(.start) }

    /// Ticks every `milliseconds` until the task is cancelled.
    nonisolated func runTicks(everyMilliseconds milliseconds: Int) async {
        await self.executor.repeating(everyMilliseconds: milliseconds) { self.assumeIsolated { $0.tick() } }
    }

    func tick() {
        for answer in self.waiters.takeExpired(now: self.clock.now) { answer(false) }
        for outbox in self.sinks.outboxes { outbox?.endReplies() }
        self.refuseExpired()
        self.endLateReconfiguration()
        self.step(.tick)
        self.beginView()
    }

    func receive(_ messages: [Message], from member: Int) {
        for message in messages { self.step(.message(from: member, message)) }
        self.beginView()
    }

    func note(_ head: Heads.Head, of member: Int, isDirect: Bool) {
        self.step(.peerHead(member: member, head: head, isDirect: isDirect))
    }

    func stored(through entry: Message.Acknowledgement) { self.step(.stored(through: entry)) }

    func durable(_ entries: [Message.Acknowledgement]) { self.step(.durable(entries)) }

    // MARK: State

    var view: View { self.replica.view }
    nonisolated var primary: Int { self.leader.load(ordering: .acquiring) }
    var canSubmit: SubmitState { self.replica.canSubmit }
    var committed: (namespace: Namespace<SHA256>, header: LogHeader) {
        (self.line.committed, self.line.committedHeader)
    }

    /// The op that `request` became, as far as that is remembered.
    func committedOp(of request: RequestID) -> Op? {
        if case .committed(let op) = self.clientTable.lookup(request) { op } else { nil }
    }

    /// What a checkpoint of the committed state holds; changes are counted anew from here on.
    func takeCheckpoint() -> (namespace: Namespace<SHA256>, header: LogHeader, clientTable: ClientTable) {
        self.changesSinceCheckpoint = 0
        return (self.line.committed, self.line.committedHeader, self.clientTable)
    }

    // MARK: Writing

    /// What became of a request to order changes.
    enum Submission: Sendable {
        /// Ordered as this op; wait for its commit.
        case ordered(Op, changesCount: Int)
        /// The same request was ordered before, as this op.
        case repeated(Op)
        /// So old that nobody knows whether it was ordered; it must not be tried again.
        case forgotten
        /// Nothing to change, as of this op.
        case unchanged(Op)
        /// Judged against this op and refused; the answer may be given once that op has committed.
        case rejected(Op, NamespaceError)
        /// Certainly not ordered; worth trying again when `isFull`.
        case refused(String, isFull: Bool)
    }

    /// Changes that somebody wants to have ordered.
    struct Proposal: Sendable {
        let changes: [Change]
        let author: String
        /// The network address that they came from.
        let source: String
        let request: RequestID
        let closure: Closure
    }

    /// Orders what is proposed after everything that is ordered so far. Only the primary can.
    func submit(_ proposal: Proposal) -> Submission {
        let request = proposal.request
        if let trouble = self.refusalOfAll { return .refused(trouble, isFull: false) }
        if let op = self.requestsInFlight[request] { return .repeated(op) }
        switch self.clientTable.lookup(request) {
        case .committed(let op): return .repeated(op)
        case .forgotten: return .forgotten
        case .unseen: break
        }
        let state = self.replica.canSubmit
        guard state == .ready, self.noopView == nil else {
            return .refused("\(state)", isFull: state.isPassing || self.noopView != nil)
        }
        let head = self.line.head
        let set: ChangeSet
        let effect: (namespace: Namespace<SHA256>, changes: [AppliedChange])
        let time = self.timestamps.next(clockMicroseconds: WallClock.microseconds())
        do {
            set = try head.namespace.resolve(proposal.changes)
            guard !set.changes.isEmpty else { return .unchanged(head.header.op) }
            effect = try self.line.preview(set, op: head.header.op.next, timestampMicroseconds: time)
        } catch {
            return .rejected(head.header.op, error)
        }
        let body = set.encoded(source: proposal.source)
        guard body.count <= Limits.logBodyBytesMax else {
            return .refused(
                "the change set takes \(body.count) bytes; at most \(Limits.logBodyBytesMax) are allowed",
                isFull: false
            )
        }
        let header = LogHeader(
            op: head.header.op.next,
            view: self.replica.view,
            kind: .changeSet,
            configurationEpoch: head.header.configurationEpoch,
            timestampMicroseconds: time,
            author: proposal.author,
            request: request,
            parent: head.hash,
            root: effect.namespace.tree.root,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: proposal.closure.count,
            closureBytesCount: proposal.closure.bytesCount
        )
        let step = NamespaceLine.Step(header: header, namespace: effect.namespace, changes: effect.changes)
        self.order(LogEntry(header: header, body: body), step)
        return .ordered(header.op, changesCount: set.changes.count)
    }

    /// Orders what may be collected from now on. Only the primary can.
    func submit(_ floor: GarbageFloor, request: RequestID) -> Submission {
        if let trouble = self.refusalOfAll { return .refused(trouble, isFull: false) }
        let state = self.replica.canSubmit
        guard state == .ready else { return .refused("\(state)", isFull: state == .pipelineFull) }
        return .ordered(self.order(.gcFloor, body: floor.encoded(), author: "", request: request), changesCount: 0)
    }

    /// Orders an entry that leaves the namespace as it is and names no blobs; `epoch` is that of the entry before it
    /// when nil. Returns its op.
    @discardableResult
    func order(
        _ kind: LogHeader.Kind,
        body: [UInt8],
        author: String = "tarn",
        epoch: UInt64? = nil,
        request: RequestID
    ) -> Op {
        let head = self.line.head
        let header = LogHeader(
            op: head.header.op.next,
            view: self.replica.view,
            kind: kind,
            configurationEpoch: epoch ?? head.header.configurationEpoch,
            timestampMicroseconds: self.timestamps.next(clockMicroseconds: WallClock.microseconds()),
            author: author,
            request: request,
            parent: head.hash,
            root: head.namespace.tree.root,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        let step = NamespaceLine.Step(header: header, namespace: head.namespace, changes: [])
        self.order(LogEntry(header: header, body: body), step)
        return header.op
    }

    /// Hands an entry, whose effect is `step`, to the replica, which has said that it will take one.
    private func order(_ entry: LogEntry, _ step: NamespaceLine.Step) {
        self.line.append(step)
        self.requestsInFlight[entry.header.request] = entry.header.op
        self.step(.submit(entry))
        precondition(
            self.replica.head >= entry.header.op,
            "the replica refused an entry that it had said it would take"
        )
    }

    /// Why whoever asks for something is sent away, whatever it is; nil while this node serves.
    var refusalOfAll: String? { self.trouble ?? (self.isStopped ? "this node stops" : nil) }

    /// Lets everybody go who waits, and nobody wait any more: the node stops.
    func stop() {
        self.isStopped = true
        self.dismissWaiters("this node stops")
    }

    private func dismissWaiters(_ reason: String) {
        for answer in self.waiters.takeAll() { answer(false) }
        for answer in self.waitingRoom.takeAll() { answer(.refused(reason, isFull: false)) }
        self.refuseReads()
        self.answerReconfiguration(.unknown(reason))
    }

    // MARK: The machine

    func step(_ input: Replica.Input) {
        guard self.trouble == nil else { return }
        var outputs: [Replica.Output] = []
        self.replica.step(input, now: self.clock.now, out: &outputs)
        if self.startCommit == nil { self.startCommit = self.replica.clusterCommit }
        self.leader.store(self.replica.primary, ordering: .releasing)
        for output in outputs { self.perform(output) }
        self.settleMembership()
        // An engine that stopped serving must be missed.
        if self.trouble == nil { self.pulse.note(self.replica, at: WallClock.monotonicNanoseconds()) }
        self.views.note(
            view: self.replica.view,
            isSuspecting: self.replica.isSuspecting,
            isChanging: self.replica.isChangingView,
            now: WallClock.microseconds
        )
        self.admitWaiting()
    }

    private func perform(_ output: Replica.Output) {
        switch output {
        case .persist(let entry):
            self.accepted[entry.header.op.number] = entry
            self.sinks.persist.append(.entry(entry))
        case .send(let member, let message):
            self.sinks.outboxes[member]?.append(message)
        case .fetchEntries(let member, let after):
            self.sinks.repair.yield(.fetch(from: member, after: after))
        case .sendEntries(let member, let view, let logView, let after, let through, let commit):
            self.sinks.repair.yield(
                .send(to: member, view: view, logView: logView, after: after, through: through, commit: commit)
            )
        case .persistView, .install, .truncate, .adopt, .lead, .follow, .trust, .readable, .readRefused:
            self.performViewChange(output)
        case .commit(let through):
            self.commit(through: through)
        case .orderReconfiguration, .reconfigurationRefused, .reconfigured: self.performReconfiguration(output)
        case .halt(let reason):
            self.halt("\(reason)")
        case .reject(let op, let rejection):
            self.logger.error("entry rejected", metadata: ["op": "\(op)", "reason": "\(rejection)"])
        case .trace(let trace):
            self.logger.debug("replica", metadata: ["trace": "\(trace)"])
        }
    }

    private func commit(through op: Op) {
        while self.line.committedHeader.op < op, self.trouble == nil {
            let next = self.line.committedHeader.op.next
            guard let entry = self.accepted.removeValue(forKey: next.number) else {
                return self.halt("op \(next) is committed but its entry is not at hand")
            }
            if entry.header.kind == .reconfigure { self.reconfigurations.append(entry) }
            do {
                self.publish(try self.line.commit(entry))
            } catch {
                return self.halt(error.message)
            }
        }
        for answer in self.waiters.take(through: self.line.committedHeader.op) { answer(true) }
    }

    private func publish(_ step: NamespaceLine.Step) {
        self.timestamps.observe(step.header.timestampMicroseconds)
        self.views.noteCommit(orderedIn: step.header.view, now: WallClock.microseconds)
        self.clientTable.note(step.header)
        self.recent.note(step.header)
        self.requestsInFlight[step.header.request] = nil
        self.changesSinceCheckpoint += step.changes.count
        self.state.publish(
            Snapshot(
                op: step.header.op,
                timestampMicroseconds: step.header.timestampMicroseconds,
                tree: step.namespace.tree
            )
        )
        self.sinks.feed.enqueue(AppliedOp(header: step.header, changes: step.changes))
    }

    /// Stops serving: two histories, or a root that is not the log's. The node stays up to say so.
    func halt(_ reason: String) {
        guard self.trouble == nil else { return }
        self.trouble = reason
        self.state.stop(reason)
        self.pulse.stop()
        self.logger.critical("this node stops serving", metadata: ["reason": "\(reason)"])
        self.dismissWaiters(reason)
    }
}
