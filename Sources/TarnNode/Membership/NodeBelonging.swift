internal import Logging
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// Which seat a node has in which cluster, as it finds out when it starts.
struct NodeBelonging: Sendable {
    let finder: MembershipFinder
    let seat: Int
    let exchange: MembershipExchange
    /// Where each member is reached, by seat.
    let addresses: [NodeConfiguration.Member]

    /// Recovers the node's state, and with it the newest membership that it knows. Throws ``ConfigurationError`` when
    /// the node has no seat.
    static func find(
        _ finder: MembershipFinder,
        store: BlobStore,
        catalog: Catalog,
        logger: Logger
    ) async throws -> (belonging: NodeBelonging, found: NodeRecovery.Result) {
        let (membership, found) = try await finder.recover(store: store, catalog: catalog, logger: logger)
        let datacenter = finder.configuration.datacenter
        guard let seat = membership.seat(of: datacenter) else {
            throw ConfigurationError(
                "datacentre \(datacenter) has no seat in this cluster; one that was replaced can come back only under a "
                    + "new name"
            )
        }
        let exchange = MembershipExchange(
            membership: membership,
            epoch: membership.epoch,
            isTrusted: found.recovered.isTrusted || membership.members.count == 1
        )
        let addresses = try finder.addresses(membership)
        return (NodeBelonging(finder: finder, seat: seat, exchange: exchange, addresses: addresses), found)
    }

    var replicaConfiguration: ReplicaConfiguration {
        ReplicaConfiguration(
            memberCount: self.addresses.count,
            own: self.seat,
            policy: self.finder.genesis.policy,
            session: UInt64.random(in: 1...(.max)),
            seating: Seating(self.exchange.membership)
        )
    }
}
