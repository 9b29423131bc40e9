internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// The cluster as this node sees it.
extension Node {
    /// How fast blobs travel where none was fetched yet: 100 Mbit a second.
    private static let bytesPerSecondUnmeasured = 12_500_000.0

    package func status() async -> ClusterStatus {
        let primary = self.engine.primary
        let own = await self.ownHead()
        let newest = ([own] + self.peers.heads).map(\.op).max() ?? own.op
        var rows: [ClusterStatus.Datacenter] = []
        for (index, member) in self.addresses.enumerated() {
            let isOwn = index == self.own
            let record = self.peers.record(of: member.datacenter)
            let head = isOwn ? own : record.head
            let role: Role = index == primary ? .primary : index == 2 ? .observer : .standby
            rows.append(
                ClusterStatus.Datacenter(
                    datacenter: member.datacenter,
                    role: role,
                    url: member.apiURL,
                    isReachable: isOwn || self.peers.isReachable(member.datacenter),
                    view: head?.view ?? View(0),
                    op: head?.op ?? .genesis,
                    commit: head?.commit ?? .genesis,
                    root: head?.root ?? .zero,
                    prefixComplete: head?.prefixComplete ?? .genesis,
                    lagOps: newest.number - min(newest.number, (head?.commit ?? .genesis).number),
                    missingBytesCount: head?.missingBytesCount ?? 0,
                    roundTripMilliseconds: isOwn ? nil : record.roundTripMilliseconds,
                    sentBytesCount: self.clients[index].map {
                        let traffic = $0.statistics
                        return traffic.control.sentBytesCount + traffic.bulk.sentBytesCount
                            + record.servedBytesCount
                    },
                    trouble: head.flatMap { $0.trouble.isEmpty ? nil : $0.trouble }
                )
            )
        }
        self.forecast(&rows, primary: primary)
        return ClusterStatus(
            cluster: self.genesis.clusterName,
            primary: self.addresses[primary].datacenter,
            isMirrored: rows.count > 1,
            datacenters: rows
        )
    }

    /// Adds what the loss of each datacentre would mean.
    private func forecast(_ rows: inout [ClusterStatus.Datacenter], primary: Int) {
        let votersCount = self.membership.votersCount
        let members = rows.enumerated().map { seat, row in
            LossForecast.Member(
                isVoter: seat < votersCount,
                isReachable: row.isReachable,
                isSound: row.trouble == nil,
                commit: row.commit,
                prefixComplete: row.prefixComplete,
                missingBytesCount: row.missingBytesCount,
                roundTripMilliseconds: row.roundTripMilliseconds
            )
        }
        let rate = self.fetcher.rate.bytesPerSecond ?? Self.bytesPerSecondUnmeasured
        for index in rows.indices {
            let loss = LossForecast.of(index, among: members, primary: primary, bytesPerSecond: rate)
            rows[index].predictedRecoveryMilliseconds = loss.recoveryMilliseconds
            rows[index].predictedLostOps = loss.lostOps
        }
    }
}
