package import TarnCore

/// One member's side of the replication protocol: Viewstamped Replication with per-op acknowledgements.
///
/// A pure value. Everything that happens comes in by ``step(_:now:out:)``, everything to be done goes out of it, and
/// the same inputs give the same outputs: no clock, no I/O, no randomness, no iteration in hash order. The primary
/// orders entries and sends each one while it writes it itself; a backup acknowledges an entry once the entry and
/// every blob that it names are on its disk; the primary commits in order whatever a ``Quorum`` holds. A backup that
/// misses entries asks whoever has them: the log of a view is one sequence, so it does not matter from whom a piece of
/// it comes.
///
/// What always holds: `commit ≤ stored ≤ head`; an entry's parent is the hash of the entry before it; what is committed
/// never changes; two histories where there must be one halt the replica rather than spread.
package struct Replica: Sendable {
    package let configuration: ReplicaConfiguration
    /// The reign that this replica takes part in.
    package internal(set) var view: View
    /// The newest view whose log this replica's is.
    package internal(set) var logView: View
    /// The highest commit number that any member claimed.
    package internal(set) var knownCommit: Op
    /// Why it stopped, if it did.
    package internal(set) var halted: HaltReason?
    /// Who commits and elects, as far as it is committed.
    package internal(set) var seating: Seating

    let hash: @Sendable (LogHeader) -> Digest
    var isStarted = false
    var now = Tick(0)
    var window: LogWindow
    var peers: [Peer]

    // Between views.
    var phase = Phase.normal
    var phaseSince = Tick(0)
    /// The newest view that is on this member's disk: votes wait for it.
    var durableView: View
    /// A log that is being written.
    var pendingInstallation: Installation?
    /// Votes for the present view, by member.
    var votes: [Vote?]
    /// When each member last wanted out of the present view.
    var exits: [Tick?]
    var joinSentAt: Tick?
    var exitSentAt: Tick?
    var isExiting = false
    var tickedAt: Tick?
    /// The primary's last sign of life in this view.
    var primaryHeardAt = Tick(0)
    /// Whether any primary was heard since this member started.
    var hasHeardPrimary = false

    // Membership.
    /// Changes of the membership in this log that are not known to be committed, in order. All but the last one are
    /// committed: none is ordered before its predecessor is.
    var pendingReconfigurations: [PendingReconfiguration] = []
    /// Seats that a committed change gave to others, while the shell may still hear the old ones there.
    var closedSeats: [Int] = []
    /// As the primary: the change that waits to be ordered.
    var preparedReconfiguration: PreparedReconfiguration?
    /// The view whose primary a person does not want, and since when.
    var distrusted: (view: View, since: Tick)?

    // Memory.
    /// Whether this member remembers all that it ever acknowledged and promised.
    package internal(set) var isTrusted: Bool
    /// Entries that were acknowledged here and cannot be read.
    var faults: [Message.Acknowledgement]
    /// Whether the cluster began in this process and has not committed anything: its first op waits for all members.
    var isFounding = false
    /// View and head of all members since this one started, while it does not trust itself.
    var standings: [Standing?]
    /// The view that each member named when it first answered this life of an untrusted member.
    var firstAnswers: [View?]
    /// Once it holds everything up to here, a member trusts itself again.
    var trustThrough: Op?

    // As the primary.
    var leadingSince = Tick(0)
    /// Since when an entry of its own waits for its disk.
    var ownWriteSince: Tick?
    /// Every entry up to here is on its own disk with all that it names.
    var ownDurable: Op
    /// The head with which this view began here: all that was acknowledged before lies below it.
    var viewStart: Op
    var handover: (member: Int, since: Tick)?
    var reads: [PendingRead] = []
    /// The newest op whose Prepare has left.
    var prepared: Op
    var heartbeatAt: Tick?
    /// The commit number that was last told to the backups.
    var announcedCommit: Op

    // As a backup.
    var reordered = ReorderBuffer()
    var repair = Repair()
    /// What this step found to be durable and owes to the primary.
    var acknowledgements: [Message.Acknowledgement] = []
    /// From here on everything durable is acknowledged anew.
    var reacknowledgeFrom: Op?

    /// A replica that goes on from what its disk holds. `hash` gives the headers' hashes. Throws ``RecoveryError`` when
    /// `recovered` is not a chain of entries.
    package init<Hash: SHA256Function>(
        configuration: ReplicaConfiguration,
        recovered: RecoveredLog,
        hash: Hash.Type
    ) throws(RecoveryError) {
        let hash: @Sendable (LogHeader) -> Digest = { $0.hash(Hash.self) }
        try self.init(configuration: configuration, recovered: recovered, hash: hash)
    }

    init(
        configuration: ReplicaConfiguration,
        recovered: RecoveredLog,
        hash: @escaping @Sendable (LogHeader) -> Digest
    ) throws(RecoveryError) {
        guard recovered.suffix.count <= Limits.pipelineSetsMax else {
            throw RecoveryError(
                op: recovered.committed.op,
                message: "\(recovered.suffix.count) uncommitted entries; at most \(Limits.pipelineSetsMax) can be"
            )
        }
        guard recovered.logView <= recovered.view else {
            throw RecoveryError(
                op: recovered.committed.op,
                message: "log of view \(recovered.logView) in view \(recovered.view)"
            )
        }
        var window = LogWindow(committed: recovered.committed, hash: hash(recovered.committed))
        var knownCommit = window.commit
        for suffix in recovered.suffix {
            let header = suffix.entry.header
            guard header.op == window.head.next else {
                throw RecoveryError(op: header.op, message: "the entry before it is that of op \(window.head)")
            }
            guard header.parent == window.headHash else {
                throw RecoveryError(op: header.op, message: "its parent is \(header.parent), not \(window.headHash)")
            }
            let own = hash(header)
            window.append(suffix.entry, hash: own)
            let known = self.pendingReconfigurations.last
            if let found = PendingReconfiguration(suffix.entry, after: known?.seating ?? configuration.seating) {
                if let known { knownCommit = max(knownCommit, known.op) }
                self.pendingReconfigurations.append(found)
            }
            _ = window.markStored(through: header.op, hash: own)
            if suffix.isAcknowledged { _ = window.markHeld(header.op, hash: own, by: configuration.own) }
            if !suffix.isReadable { window.markFaulty(header.op, hash: own) }
        }
        self.configuration = configuration
        self.seating = configuration.seating
        self.hash = hash
        self.view = recovered.view
        self.logView = recovered.logView
        self.knownCommit = knownCommit
        self.window = window
        self.peers = Array(repeating: Peer(), count: configuration.memberCount)
        self.prepared = window.commit
        self.ownDurable = window.commit
        self.announcedCommit = window.commit
        self.durableView = recovered.view
        self.votes = Array(repeating: nil, count: configuration.memberCount)
        self.exits = Array(repeating: nil, count: configuration.memberCount)
        self.isTrusted = recovered.isTrusted || configuration.memberCount == 1
        self.faults = recovered.faults
        self.standings = Array(repeating: nil, count: configuration.memberCount)
        self.firstAnswers = Array(repeating: nil, count: configuration.memberCount)
        self.standings[configuration.own] = Standing(view: recovered.view, head: window.head)
        self.viewStart = window.head
        if configuration.memberCount > 1, recovered.view != recovered.logView || !self.isTrusted {
            self.phase = .joining
        }
    }

    /// The newest entry of this log, on disk or on its way there.
    package var head: Op { self.window.head }
    /// Its hash: the parent of the next entry.
    package var headHash: Digest { self.window.headHash }
    /// Its time, in microseconds since 1970: the next entry's is greater.
    package var headTimestampMicroseconds: UInt64 { self.window.headTimestampMicroseconds }
    /// Every entry up to here is on this member's disk.
    package var stored: Op { self.window.stored }
    /// Every op up to here is committed and on this member's disk.
    package var commit: Op { self.window.commit }
    /// The member that leads the present view.
    package var primary: Int { self.configuration.memberCount == 1 ? 0 : self.view.primaryIndex }
    /// Whether this member leads the present view; false while a view change is under way.
    package var isPrimary: Bool { self.primary == self.configuration.own && !self.isChangingView }

    /// An op that has surely committed when an entry of op `head` exists, because no primary lets the pipeline grow
    /// longer.
    package static func commitFloor(head: Op) -> Op {
        Op(head.number - min(head.number, UInt64(Limits.pipelineSetsMax)))
    }

    /// Who is known to hold `op` durably; on a backup only itself. Nil when it is above the head or committed long ago.
    package func holders(of op: Op) -> MemberSet? { self.window[op]?.holders }

    /// The newest op known to be in the log of `member`.
    package func head(of member: Int) -> Op? {
        member == self.configuration.own ? self.head : self.peers[member].head
    }

    /// Takes one input and appends what is to be done about it. `now` never goes back.
    package mutating func step(_ input: Input, now: Tick, out: inout [Output]) {
        self.check(now >= self.now, "\(now) after \(self.now)")
        let admission = self.canSubmit
        self.now = now
        guard self.halted == nil else { return }
        if case .start = input {
            self.onStart(&out)
        } else {
            self.check(self.isStarted, "input before the start")
            self.dispatch(input, admission: admission, &out)
        }
        if self.halted == nil { self.settle(&out) }
        // Nothing more is said to a seat that changes hands.
        if !self.pendingReconfigurations.isEmpty || !self.closedSeats.isEmpty {
            out.removeAll { if case .send(let to, _) = $0 { self.isVacant(to) } else { false } }
        }
        self.check(self.commit <= self.stored && self.stored <= self.head, "log out of order")
        self.check(self.logView <= self.view, "log of a view to come")
        self.check(self.window.uncommittedCount <= Limits.pipelineSetsMax + Limits.acceptedEntriesMax, "log too long")
    }

    private mutating func dispatch(_ input: Input, admission: SubmitState, _ out: inout [Output]) {
        switch input {
        case .start: break
        case .tick: self.onTick(&out)
        case .message(let from, let message):
            self.check(self.isOther(from), "message from member \(from)")
            guard !self.isVacant(from) else { return out.append(.trace(.misdirected(from: from))) }
            self.hear(from)
            self.onMessage(message, from: from, &out)
        case .submit(let entry): self.onSubmit(entry, admission: admission, &out)
        case .stored(let through): self.onStored(through, &out)
        case .durable(let entries): self.onDurable(entries, &out)
        case .rotted(let entry): self.window.markFaulty(entry.op, hash: entry.entry)
        case .viewPersisted(let view): self.durableView = max(self.durableView, view)
        case .installed(let view): self.onInstalled(view, &out)
        case .peerHead(let member, let head, let isDirect):
            self.check(isDirect ? self.isOther(member) : self.isMember(member), "head of member \(member)")
            guard !self.isVacant(member) else { return }
            self.onPeerHead(member, head, isDirect: isDirect, &out)
        case .read(let nonce): self.onRead(nonce, &out)
        case .switchover(let member): self.onSwitchover(to: member, &out)
        case .distrustPrimary: if !self.isPrimary, self.isVoter { self.distrusted = (self.view, self.now) }
        case .seated(let seat): self.closedSeats.removeAll { $0 == seat }
        case .reconfigure(let change): self.onReconfigure(change, &out)
        }
    }

    private mutating func onMessage(_ message: Message, from: Int, _ out: inout [Output]) {
        switch message {
        case .prepare(let view, let entry, let commit):
            guard self.admits(view, from: from, &out) else { return }
            self.onPrepare(entry, commit: commit, from: from, &out)
        case .entries(let view, let logView, let entries, let commit):
            if view > self.view, self.configuration.memberCount > 1 { self.advance(to: view, &out) }
            self.onEntries(entries, of: logView, commit: commit, from: from, &out)
        case .prepareOk(let view, let acknowledgements):
            guard self.admits(view, from: from, &out) else { return }
            self.onPrepareOk(acknowledgements, from: from, &out)
        case .heartbeat(let view, let commit):
            guard self.meets(view, from: from, &out), case .normal = self.phase else { return }
            guard from == self.primary else { return out.append(.trace(.misdirected(from: from))) }
            self.hearPrimary()
            self.learnCommit(commit, from: from, &out)
        case .getEntries(let after): self.onGetEntries(after: after, from: from, &out)
        case .exitView(let view): self.onExitView(view, from: from, &out)
        case .joinView(let view, let vote): self.onJoinView(view, vote: vote, from: from, &out)
        case .view(let log, let session): self.onView(log, session: session, from: from, &out)
        case .standing(let view, let head, let session):
            self.onStanding(view, head: head, session: session, from: from, &out)
        case .readBarrier(let view, let nonce): self.onReadBarrier(view, nonce: nonce, from: from, &out)
        case .readOk(let view, let nonce): self.onReadOk(view, nonce: nonce, from: from)
        }
    }

    private mutating func onStart(_ out: inout [Output]) {
        self.check(!self.isStarted, "started twice")
        self.isStarted = true
        self.primaryHeardAt = self.now
        self.leadingSince = self.now
        self.phaseSince = self.now
        out.append(.commit(through: self.commit))
        var op = self.commit
        while op < self.head {
            op = op.next
            guard let slot = self.window[op], let entry = slot.entry else { continue }
            if !slot.holders.contains(self.configuration.own) { out.append(.persist(entry)) }
        }
        self.reacknowledgeFrom = self.commit.next
        guard self.isPrimary else { return }
        if self.voters.count > 1, !self.configuration.flaws.contains(.resumesView) {
            self.phase = .joining
        } else {
            out.append(.lead(self.view))
        }
    }

    private mutating func onTick(_ out: inout [Output]) {
        let elapsed = self.tickedAt.map { self.now.elapsed(since: $0) } ?? 0
        self.tickedAt = self.now
        self.watchView(sinceLastTick: elapsed, &out)
        guard self.isPrimary, !self.isExiting else { return }
        self.resendPrepares(&out)
        self.sendHeartbeats(&out)
    }

    /// What follows from any input: commits first, so that whatever leaves in this step carries the newest commit
    /// number.
    private mutating func settle(_ out: inout [Output]) {
        self.continueInstallation(&out)
        guard self.halted == nil else { return }
        self.advanceCommit(&out)
        self.adoptReconfiguration(&out)
        self.regainTrust(&out)
        self.settleHandover(&out)
        self.settleReconfiguration(&out)
        self.sendVote(&out)
        guard case .normal = self.phase else {
            self.acknowledgements.removeAll()
            return
        }
        if self.isPrimary {
            if !self.isExiting { self.sendPrepares(&out) }
            self.settleReads(&out)
            self.acknowledgements.removeAll()
            self.reacknowledgeFrom = nil
        } else {
            self.sendAcknowledgements(&out)
            self.repairGap(&out)
        }
    }
}

extension Replica {
    func isMember(_ member: Int) -> Bool { (0..<self.configuration.memberCount).contains(member) }
    func isOther(_ member: Int) -> Bool { self.isMember(member) && member != self.configuration.own }

    /// Whether a message of `view` may change this replica's log.
    private mutating func admits(_ view: View, from: Int, _ out: inout [Output]) -> Bool {
        if view > self.view, self.configuration.memberCount > 1 { self.advance(to: view, &out) }
        if view == self.view, case .normal = self.phase { return true }
        self.beginAnew(metIn: view, &out)
        out.append(.trace(.otherView(from: from, view: view)))
        return false
    }

    /// Notes a sign of life. Whoever was away and is back need not wait out what was meant for its absence.
    mutating func hear(_ member: Int) {
        if !self.peers[member].isHeard(within: Timeouts.quietTicks, now: self.now) {
            self.peers[member].resend.reset()
            self.repair.retry()
        }
        self.peers[member].heardAt = self.now
    }

    /// Notes the primary's sign of life.
    mutating func hearPrimary() {
        self.primaryHeardAt = self.now
        self.hasHeardPrimary = true
    }

    /// Stops for good.
    mutating func halt(_ reason: HaltReason, _ out: inout [Output]) {
        self.halted = reason
        out.append(.halt(reason))
    }

    /// A condition that no input may break.
    func check(_ condition: Bool, _ message: @autoclosure () -> String) {
        precondition(condition, "\(message()): \(self)")
    }
}

extension Replica: CustomStringConvertible {
    private var phaseName: String {
        switch self.phase {
        case .normal: "normal"
        case .joining: "joining"
        case .installing: "installing"
        }
    }

    package var description: String {
        let peers = self.peers.map { $0.head.map(\.description) ?? "unknown" }
        return "member \(self.configuration.own) of \(self.configuration.memberCount), view \(self.view), "
            + "log view \(self.logView), \(self.phaseName), commit \(self.commit) of known \(self.knownCommit), stored \(self.stored), "
            + "head \(self.head), prepared \(self.prepared), \(self.reordered.count) reordered, \(self.now), "
            + "peers \(peers)"
    }
}
