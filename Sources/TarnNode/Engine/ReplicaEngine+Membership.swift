internal import Logging
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// How the membership changes at this node.
extension ReplicaEngine {
    /// After this a change that is not committed is answered as unknown: as long as a write waits.
    private static let reconfigurationDeadlineMilliseconds = 10_000

    /// What became of a change of the membership.
    enum ReconfigurationOutcome: Hashable, Sendable {
        case committed
        /// Certainly not ordered.
        case refused(String)
        /// It may have been ordered, and may be committed yet.
        case unknown(String)
    }

    /// Who asked for a change of the membership.
    struct ReconfigurationWaiter {
        /// The tick after which it waits no longer.
        let deadline: Tick
        let continuation: CheckedContinuation<ReconfigurationOutcome, Never>
        /// Whether the change is in the log.
        var isOrdered = false
    }

    /// The newest membership that is committed here.
    var membership: Membership { self.exchange.membership }

    /// Has the primary change the membership, and returns once that is committed here, refused or late.
    func reconfigure(_ change: Reconfiguration) async -> ReconfigurationOutcome {
        await withCheckedContinuation { continuation in
            // Looked at in here: of two callers, the later would take the place of the earlier, who would wait for ever.
            if let trouble = self.refusalOfAll { return continuation.resume(returning: .refused(trouble)) }
            guard self.reconfigurationWaiter == nil, !self.refusesReconfigurations else {
                return continuation.resume(returning: .refused("another change is under way"))
            }
            let ticks = UInt64(Self.reconfigurationDeadlineMilliseconds) / Tick.milliseconds
            self.reconfigurationWaiter = ReconfigurationWaiter(
                deadline: self.clock.now.advanced(by: ticks),
                continuation: continuation
            )
            self.step(.reconfigure(change))
        }
    }

    /// Has changes of the membership refused from now on, until ``allowReconfigurations()``; false when one is on its way,
    /// or somebody else has them refused already.
    func refuseReconfigurations() -> Bool {
        guard self.reconfigurationWaiter == nil, !self.replica.isReconfiguring, !self.refusesReconfigurations else {
            return false
        }
        self.refusesReconfigurations = true
        return true
    }

    func allowReconfigurations() { self.refusesReconfigurations = false }

    /// Wants another primary at once, on a person's word.
    func distrustPrimary() { self.step(.distrustPrimary) }

    func answerReconfiguration(_ outcome: ReconfigurationOutcome) {
        self.reconfigurationWaiter?.continuation.resume(returning: outcome)
        self.reconfigurationWaiter = nil
    }

    /// Lets go who has waited for as long as one may: a change that is ordered and reaches no quorum stays in the log
    /// until there is one again.
    func endLateReconfiguration() {
        guard let waiter = self.reconfigurationWaiter, waiter.deadline < self.clock.now else { return }
        self.answerReconfiguration(.unknown("it was not committed in time"))
    }

    func performReconfiguration(_ output: Replica.Output) {
        switch output {
        case .orderReconfiguration(let change): self.reconfigurationToOrder = change
        case .reconfigurationRefused(let reason): self.answerReconfiguration(.refused(reason))
        case .reconfigured(let op): self.adoptReconfiguration(at: op)
        default: break
        }
    }

    /// What a step leaves to be done about the membership.
    func settleMembership() {
        self.exchange.note(epoch: self.replica.announcedEpoch, isTrusted: self.replica.isTrusted)
        guard let change = self.reconfigurationToOrder else { return }
        self.reconfigurationToOrder = nil
        if self.replica.isPrimary { self.order(change) }
    }

    private func adoptReconfiguration(at op: Op) {
        let entry = self.reconfigurations.first { $0.header.op == op }
        self.reconfigurations.removeAll { $0.header.op <= op }
        guard let entry, let body = try? Reconfiguration(decoding: entry.body) else {
            return self.halt("op \(op) changes the membership and cannot be read")
        }
        self.logger.notice(
            "the membership changed",
            metadata: [
                "op": "\(op)", "epoch": "\(body.membership.epoch)",
                "members": "\(body.membership.members.map(\.datacenter))",
            ]
        )
        self.exchange.note(membership: body.membership)
        self.sinks.memberships.yield(body)
        self.answerReconfiguration(.committed)
    }

    private func order(_ change: Reconfiguration) {
        guard let request = try? RequestID(client: "membership", number: WallClock.microseconds()) else { return }
        self.reconfigurationWaiter?.isOrdered = true
        self.order(.reconfigure, body: change.encoded(), epoch: change.membership.epoch, request: request)
    }
}
