internal import Logging
internal import TarnConsensus
internal import TarnCore

/// What the end of one view and the beginning of the next mean for this node.
extension ReplicaEngine {
    /// What the replica says about itself, taken at one moment.
    struct Standing: Sendable {
        let view: View
        /// The view whose log this is.
        let logView: View
        let stored: Op
        let commit: Op
        let isTrusted: Bool
        let isChangingView: Bool
    }

    var standing: Standing {
        Standing(
            view: self.replica.view,
            logView: self.replica.logView,
            stored: self.replica.stored,
            commit: self.replica.commit,
            isTrusted: self.replica.isTrusted,
            isChangingView: self.replica.isChangingView
        )
    }

    /// What fetching the blobs of `op` is for, at a member that holds everything up to `complete`.
    func transfer(for op: Op, holding complete: Op) -> TransferClass {
        Self.transfer(for: op, holding: complete, commit: self.replica.clusterCommit, startCommit: self.startCommit)
    }

    /// The same, by the newest op that is known to be committed, and the one that was when this node first heard after
    /// its start; nil before.
    ///
    /// Nobody waits for this member to hold what is known to be committed: it catches up with that. Only a member that
    /// has caught up since its start gets some of it urgently: an entry may come just after the news of its commit, by
    /// another connection.
    static func transfer(for op: Op, holding complete: Op, commit: Op?, startCommit: Op?) -> TransferClass {
        guard let commit, let startCommit else { return .repair }
        if op > commit { return .urgent }
        guard complete >= startCommit else { return .repair }
        return op.number + UInt64(Limits.pipelineSetsMax) < commit.number ? .repair : .urgent
    }

    /// The newest op here, and the newest known to be in the log of `member`.
    func heads(of member: Int) -> (own: Op, member: Op) {
        (self.replica.head, self.replica.head(of: member) ?? .genesis)
    }

    /// Which members are known to hold `op`, by index.
    func holders(of op: Op) -> [Int] {
        guard let holders = self.replica.holders(of: op) else { return [] }
        return (0..<self.replica.configuration.memberCount).filter { holders.contains($0) }
    }

    /// Whether the log is still that of `logView`, and `view` the present one.
    func isUnchanged(view: View, logView: View) -> Bool {
        self.replica.view == view && self.replica.logView == logView
    }

    func viewPersisted(_ view: View) { self.step(.viewPersisted(view)) }

    func installed(_ view: View) {
        self.step(.installed(view: view))
        self.beginView()
    }

    /// Has the next primary take over once everything is committed.
    func switchOver(to member: Int) { self.step(.switchover(to: member)) }

    // MARK: Reads

    /// Waits until everything that was acknowledged before this call is committed here, and returns an op that covers
    /// it; nil when this node cannot tell.
    func linearizableOp() async -> Op? {
        await withCheckedContinuation { continuation in
            // Looked at in here: whoever halts the node before this body runs finds no read to refuse.
            guard self.refusalOfAll == nil, self.reads.count < Limits.pendingReadsMax else {
                return continuation.resume(returning: nil)
            }
            self.readsCount += 1
            let nonce = self.readsCount ^ self.replica.configuration.session << 20
            self.reads[nonce] = continuation
            self.step(.read(nonce: nonce))
        }
    }

    func refuseReads() {
        let waiting = self.reads.values
        self.reads = [:]
        for read in waiting { read.resume(returning: nil) }
    }

    // MARK: Outputs

    func performViewChange(_ output: Replica.Output) {
        switch output {
        case .persistView(let view):
            self.logger.notice("view change", metadata: ["view": "\(view)"])
            self.sinks.promises.yield(.view(view))
        case .install(let view, _, let entries, let head):
            self.sinks.persist.append(.log(view: view, entries: entries, head: head))
        case .truncate(let to):
            self.supersede(above: to.op)
            self.sinks.persist.append(.end(logView: self.replica.logView, at: to))
        case .adopt(let after, let entries): self.adopt(entries, after: after)
        case .lead(let view): self.lead(view)
        case .follow(let view): self.follow(view)
        case .trust:
            self.logger.notice("this node trusts its memory again")
            self.sinks.promises.yield(.trust)
        case .readable(let nonce, let op): self.reads.removeValue(forKey: nonce)?.resume(returning: op)
        case .readRefused(let nonce): self.reads.removeValue(forKey: nonce)?.resume(returning: nil)
        case .persist, .send, .commit, .fetchEntries, .sendEntries, .reject, .halt, .trace, .orderReconfiguration,
            .reconfigurationRefused, .reconfigured:
            break
        }
    }

    private func adopt(_ entries: [LogEntry], after op: Op) {
        self.supersede(above: op)
        for entry in entries {
            self.accepted[entry.header.op.number] = entry
            self.requestsInFlight[entry.header.request] = entry.header.op
        }
        self.logger.notice(
            "joined view",
            metadata: [
                "view": "\(self.replica.view)", "head": "\(self.replica.head)", "commit": "\(self.replica.commit)",
                "primary": "\(self.replica.primary)",
            ]
        )
    }

    /// Entries above `op` are not of the log any more: they stay on disk as orphans, and whoever waits for them learns
    /// that the outcome is not known.
    private func supersede(above op: Op) {
        for number in self.accepted.keys.filter({ $0 > op.number }).sorted() {
            guard let entry = self.accepted.removeValue(forKey: number) else { continue }
            self.requestsInFlight[entry.header.request] = nil
            self.logger.warning(
                "change set superseded by a view change",
                metadata: ["op": "\(number)", "request": "\(entry.header.request)"]
            )
        }
        self.line.rollBack()
        for answer in self.waiters.take(above: op) { answer(false) }
    }

    private func follow(_ view: View) {
        self.noopView = nil
        self.line.rollBack()
        self.refuseReads()
        let reason = "another datacentre leads now"
        self.answerReconfiguration(
            self.reconfigurationWaiter?.isOrdered == true ? .unknown(reason) : .refused(reason)
        )
    }

    /// Computes the states after the entries that are not committed, so that new ones can follow them.
    private func lead(_ view: View) {
        self.line.rollBack()
        self.requestsInFlight = [:]
        var op = self.line.committedHeader.op.next
        while op <= self.replica.head, let entry = self.accepted[op.number] {
            do {
                self.line.append(try self.line.step(for: entry))
            } catch {
                return self.halt(error.message)
            }
            self.requestsInFlight[entry.header.request] = op
            op = op.next
        }
        let head = self.line.head.header
        self.timestamps.observe(head.timestampMicroseconds)
        self.noopView = head.view == view ? nil : view
        self.logger.notice("leading", metadata: ["view": "\(view)", "head": "\(head.op)"])
    }

    /// Orders the no-op with which a view begins, as soon as the replica takes one.
    func beginView() {
        guard let view = self.noopView, self.trouble == nil, self.replica.view == view,
            self.replica.canSubmit == .ready, let request = try? RequestID(client: "view", number: view.number)
        else { return }
        self.noopView = nil
        self.order(.noop, body: [], request: request)
    }
}
