internal import Logging
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnPeer

/// How the membership changes at this node.
extension ReplicaEngine {
    /// The newest membership that is committed here.
    var membership: Membership { self.exchange.membership }

    /// Has the primary change the membership, and returns once that is committed here: nil, or why it was not.
    func reconfigure(_ change: Reconfiguration) async -> String? {
        guard self.trouble == nil else { return self.trouble }
        guard self.reconfigurationWaiter == nil else { return "another change is under way" }
        return await withCheckedContinuation { continuation in
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
        self.exchange.note(epoch: self.replica.epoch, isTrusted: self.replica.isTrusted)
        guard let change = self.reconfigurationToOrder else { return }
        self.reconfigurationToOrder = nil
        if self.replica.isPrimary { self.order(change) }
    }

    private func adoptReconfiguration(at op: Op) {
        guard let entry = self.lastReconfiguration, entry.header.op == op,
            let body = try? Reconfiguration(decoding: entry.body)
        else { return self.halt("op \(op) changes the membership and cannot be read") }
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
        let head = self.line.head
        let body = change.encoded()
        guard let request = try? RequestID(client: "membership", number: WallClock.microseconds()) else { return }
        let header = LogHeader(
            op: head.header.op.next,
            view: self.replica.view,
            kind: .reconfigure,
            configurationEpoch: change.membership.epoch,
            timestampMicroseconds: self.timestamps.next(clockMicroseconds: WallClock.microseconds()),
            author: "tarn",
            request: request,
            parent: head.hash,
            root: head.namespace.tree.root,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        self.order(
            LogEntry(header: header, body: body),
            NamespaceLine.Step(header: header, namespace: head.namespace, changes: [])
        )
    }
}
