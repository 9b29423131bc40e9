internal import Synchronization
internal import TarnConsensus
internal import TarnCore

/// Writers that wait for the datacentre that leads next.
extension Node {
    /// False while writers are to wait for it.
    func standbyFollows() async -> Bool {
        guard self.clients.count > 1 else { return true }
        let standby = 1 - min(self.own, 1)
        let datacenter = self.addresses[standby].datacenter
        let head = self.peers.record(of: datacenter).head
        let committed = self.head.op.number
        // What was told is up to a quarter of a second old: the engine, which knows better, is asked only when it
        // counts.
        var setsCount = committed - min(committed, head?.op.number ?? 0)
        if setsCount > Limits.standbyLagSetsMax {
            let heads = await self.engine.heads(of: standby)
            setsCount = heads.own.number - min(heads.own.number, heads.member.number)
        }
        let isReachable = self.peers.isReachable(datacenter)
        return self.lagGate.withLock { gate in
            gate.admits(
                setsCount: setsCount,
                bytesCount: head?.missingBytesCount ?? 0,
                isReachable: isReachable,
                now: WallClock.monotonicNanoseconds()
            )
        }
    }
}
