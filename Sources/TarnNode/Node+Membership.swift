internal import Logging
internal import TarnConsensus
package import TarnCore
internal import TarnPeer

/// Who belongs to the cluster, and how a person changes that.
extension Node {
    /// How far those who learn the log may be behind when they begin to vote.
    private static let growthLagMax: UInt64 = 256
    /// Between two looks whether learners have the log: their heads come by gossip, and nobody waits for the growth.
    private static let growthInterval = Duration.seconds(1)

    /// Why ``run()`` ended, when no signal ended it.
    enum Ending: Hashable, Sendable {
        case stopped
        /// The process is to start the node anew: its peers are others now.
        case restart
        /// Another datacentre has this node's seat.
        case replaced
    }

    package var membership: Membership { self.exchange.membership }

    package var memberAddresses: [MemberAddress] {
        zip(self.membership.members, self.addresses).map {
            MemberAddress(datacenter: $0.datacenter, peer: "\($1.peer)", api: $1.apiURL)
        }
    }

    package func teach(_ learners: Membership) async throws {
        let present = self.membership
        guard Self.learners(after: present, as: learners) == learners else {
            throw NodeError(.conflict, "the cluster has changed, or has three datacentres already; nothing was done")
        }
        guard !learners.members.dropFirst().contains(where: { HostPort($0.peer) == nil }) else {
            throw NodeError(.invalidRequest, "a datacentre's address is not HOST:PORT")
        }
        // A growth that is on its way would have those vote that are to be replaced.
        guard self.engine.primary == self.own, await self.engine.refuseReconfigurations() else {
            throw NodeError(.conflict, "the cluster changes at this moment; nothing was done")
        }
        do {
            guard self.membership == present else {
                throw NodeError(.conflict, "the cluster has changed meanwhile; nothing was done")
            }
            try self.finder.keep(learners)
        } catch {
            await self.engine.allowReconfigurations()
            throw error
        }
        self.end(.restart)
    }

    /// What teaching the learners that `wish` names makes of `present`; nil when that cannot be done.
    private static func learners(after present: Membership, as wish: Membership) -> Membership? {
        if present.members.count == 1 { return try? present.learning(Array(wish.members.dropFirst())) }
        guard wish.members.count == present.members.count,
            let seat = present.members.indices.first(where: { present.members[$0] != wish.members[$0] })
        else { return nil }
        return try? present.relearning(seat: seat, by: wish.members[seat])
    }

    package func reconfigure(_ change: Reconfiguration) async throws {
        guard self.engine.primary == self.own else {
            throw NodeError(.unavailable, "\(self.datacenter) does not lead; try again")
        }
        guard try self.expected(change) == change.membership else {
            throw NodeError(.conflict, "the membership has changed meanwhile; nothing was ordered")
        }
        switch await self.engine.reconfigure(change) {
        case .committed: return
        case .refused(let reason): throw NodeError(.conflict, "\(reason); nothing was ordered")
        case .unknown(let reason):
            throw NodeError(
                .unknownOutcome,
                "\(reason); the change may have been ordered: ask 'tarn cluster members' what it is"
            )
        }
    }

    package func failOver() async throws {
        guard self.engine.primary != self.own else {
            throw NodeError(.conflict, "\(self.datacenter) leads itself; ask the others")
        }
        await self.engine.distrustPrimary()
    }

    /// What `change` has to lead to.
    private func expected(_ change: Reconfiguration) throws -> Membership {
        let present = self.membership
        do throws(CoreError) {
            switch change.change {
            case .replace(let seat):
                return try present.replacing(seat: seat, by: change.membership.members[seat])
            case .electObserver: return try present.electingObserver(change.membership.isObserverElectable)
            case .grow: return try present.grown()
            case .recover: throw CoreError(.malformed, "a lineage begins at a node that is stopped")
            }
        } catch {
            throw NodeError(.invalidRequest, error.message)
        }
    }

    /// Follows the membership until this node's part in it changes.
    func followMembership() async {
        for await change in self.memberships {
            guard change.membership.seat(of: self.datacenter) == self.own else { return self.endReplaced() }
            self.finder.keepBesideConfiguration(change.membership, logger: self.logger)
            // One that learned may have been told others than those who came.
            let isElsewhere = change.membership.members.map(\.datacenter) != self.addresses.map(\.datacenter)
            if case .replace = change.change {
                self.end(.restart)
                return
            }
            if isElsewhere { return self.end(.restart) }
        }
    }

    /// Takes over what peers say about the membership while this node does not trust its memory, or learns the log.
    func followPeers() async {
        for await membership in self.exchange.newerMemberships where membership.isNewer(than: self.membership) {
            guard membership.seat(of: self.datacenter) != nil else { return self.endReplaced() }
            do {
                try self.finder.keep(membership)
                self.end(.restart)
                return
            } catch {
                self.logger.error("the membership could not be kept", metadata: ["error": "\(error)"])
            }
        }
    }

    private func endReplaced() {
        self.logger.critical("another datacentre has this one's seat; it can come back only under a new name")
        self.end(.replaced)
    }

    /// Has the datacentres that learn the log vote, once they have it.
    func growWhenLearned() async {
        while (try? await Task.sleep(for: Self.growthInterval)) != nil {
            let present = self.membership
            guard present.votersCount < present.members.count, self.engine.primary == self.own,
                let grown = try? present.grown()
            else { continue }
            let commit = self.head.op
            let isLearned = present.members.allSatisfy { member in
                guard member.datacenter != self.datacenter else { return true }
                let head = self.peers.record(of: member.datacenter).head
                return self.peers.isReachable(member.datacenter)
                    && (head?.prefixComplete ?? .genesis).lag(behind: commit) <= Self.growthLagMax
            }
            guard isLearned else { continue }
            switch await self.engine.reconfigure(Reconfiguration(.grow, grown)) {
            case .committed: continue
            case .refused(let reason), .unknown(let reason):
                self.logger.notice("the cluster does not grow yet", metadata: ["reason": "\(reason)"])
            }
        }
    }
}
