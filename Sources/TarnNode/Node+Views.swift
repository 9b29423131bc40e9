internal import TarnBlobStore
internal import TarnConsensus
package import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Who leads, by a person's wish, and what a deposed primary left behind.
extension Node {
    /// How far the next primary may be behind when a switchover begins.
    private static let switchoverLagMax: UInt64 = 1_024
    private static let switchoverDeadlineMilliseconds = 5_000
    /// Between two looks whether a switchover is over: nobody is woken when a view begins.
    private static let switchoverPauseMilliseconds = 10
    /// Open ones, and as many settled ones.
    private static let orphansListedMax = 4_096

    package func switchOver(to datacenter: DatacenterID) async throws -> View {
        guard let member = self.index(of: datacenter) else {
            throw NodeError(.notFound, "there is no datacentre '\(datacenter)'")
        }
        if let reason = Self.reasonAgainst(switchoverTo: datacenter, seat: member, in: self.membership) {
            throw NodeError(.conflict, reason)
        }
        let before = await self.engine.standing
        if member == self.own, self.engine.primary == self.own { return before.view }
        guard self.engine.primary == self.own, member != self.own, !before.isChangingView else {
            throw NodeError(.unavailable, "\(self.datacenter) does not lead; try again")
        }
        let head = self.peers.record(of: datacenter).head
        guard self.peers.isReachable(datacenter), let head,
            head.prefixComplete.lag(behind: self.head.op) <= Self.switchoverLagMax
        else {
            throw NodeError(
                .conflict,
                "\(datacenter) is not ready to lead: it holds everything up to op "
                    + "\(head?.prefixComplete.description ?? "unknown"), the newest is \(self.head.op)"
            )
        }
        await self.engine.switchOver(to: member)
        for _ in 0..<(Self.switchoverDeadlineMilliseconds / Self.switchoverPauseMilliseconds) {
            let now = await self.engine.standing
            if now.view > before.view, !now.isChangingView { return now.view }
            try await Task.sleep(for: .milliseconds(Self.switchoverPauseMilliseconds))
        }
        throw NodeError(.unavailable, "the switchover was not over in time; ask 'tarn status' who leads")
    }

    /// Why `datacenter`, which sits in `seat`, cannot be made the primary however things stand at the moment; nil when
    /// it can.
    static func reasonAgainst(
        switchoverTo datacenter: DatacenterID,
        seat: Int,
        in membership: Membership
    ) -> String? {
        if membership.members.count == 1 { return "\(datacenter) is the only datacentre, and leads" }
        if membership.votersCount == 1 {
            let others = seat == 0 ? "the others learn the log" : "it learns the log"
            return "\(datacenter) cannot be switched over to: \(others) and cannot lead yet"
        }
        guard seat == 2, !membership.isObserverElectable else { return nil }
        return "\(datacenter) is the observer, which leads only after 'tarn cluster elect-observer'"
    }

    package var members: [Genesis.Member] {
        self.membership.members.map { Genesis.Member(datacenter: $0.datacenter, publicKey: $0.publicKey) }
    }

    package func viewHistory() async -> ViewHistory { await self.engine.views }

    /// Everything that was acknowledged before this call is committed here up to the op that is returned.
    package func linearizableOp() async throws -> Op {
        guard let op = await self.engine.linearizableOp() else {
            throw NodeError(.unavailable, "it cannot be told who leads; try again")
        }
        return op
    }

    /// Change sets that stand in no log any more: ordered here or taken from a primary that was deposed before they
    /// committed. Those that are settled take no place from those that are open.
    package func orphans() async throws -> [Orphan] {
        var out: [Orphan] = []
        var openCount = 0
        let tree = self.state.newest.tree
        for op in self.store.supersededOps {
            for hash in self.store.supersededEntries(at: op) {
                let isDecided = tree[Orphan.decisionPath(of: hash)] != nil
                guard !isDecided || out.count - openCount < Self.orphansListedMax else { continue }
                guard let entry = try await self.store.entry(at: op, hash: hash), entry.header.kind == .changeSet
                else { continue }
                let committed = await self.engine.committedOp(of: entry.header.request)
                let orphan = Orphan(hash: hash, entry: entry, committedAs: committed, isDecided: isDecided)
                guard orphan.isOpen || out.count - openCount < Self.orphansListedMax else { continue }
                if orphan.isOpen { openCount += 1 }
                out.append(orphan)
                guard openCount < Self.orphansListedMax else { return out }
            }
        }
        return out
    }
}
