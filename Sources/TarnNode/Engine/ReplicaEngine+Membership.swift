internal import Logging
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// How the membership changes at this node.
extension ReplicaEngine {
    /// The newest membership that is committed here.
    var membership: Membership { self.exchange.membership }

    /// Has the primary change the membership, and returns once that is committed here: nil, or why it was not.
    func reconfigure(_ change: Reconfiguration) async -> String? {
        await withCheckedContinuation { continuation in
            // Looked at in here: of two callers, the later would take the place of the earlier, who would wait for ever.
            if let trouble = self.trouble { return continuation.resume(returning: trouble) }
            guard self.reconfigurationWaiter == nil else {
                return continuation.resume(returning: "another change is under way")
            }
            self.reconfigurationWaiter = continuation
            self.step(.reconfigure(change))
        }
    }

    /// Wants another primary at once, on a person's word.
    func distrustPrimary() { self.step(.distrustPrimary) }

    func answerReconfiguration(_ refusal: String?) {
        self.reconfigurationWaiter?.resume(returning: refusal)
        self.reconfigurationWaiter = nil
    }

    func performReconfiguration(_ output: Replica.Output) {
        switch output {
        case .orderReconfiguration(let change): self.reconfigurationToOrder = change
        case .reconfigurationRefused(let reason): self.answerReconfiguration(reason)
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
        self.answerReconfiguration(nil)
    }

    private func order(_ change: Reconfiguration) {
        guard let request = try? RequestID(client: "membership", number: WallClock.microseconds()) else { return }
        self.order(.reconfigure, body: change.encoded(), epoch: change.membership.epoch, request: request)
    }
}
