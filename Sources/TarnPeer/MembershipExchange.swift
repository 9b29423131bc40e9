internal import Synchronization
package import TarnCore
internal import TarnHTTP2

/// What a node says about the membership with every call to a peer, and whom it hears.
///
/// Nodes of another lineage are refused: they go on from a log that was given up. A node that does not trust its memory
/// may have forgotten who belongs to the cluster, and with it that somebody was replaced: it hears nobody who knows a
/// newer membership before it knows that as well. While two learn the log, the others are told when one of them is
/// replaced: no entry says so.
package final class MembershipExchange: Sendable {
    private struct State {
        var membership: Membership
        var epoch: UInt64
        var isTrusted: Bool
    }

    private static let lineageHeader = "tarn-lineage"
    private static let epochHeader = "tarn-epoch"
    /// Binary metadata as gRPC has it.
    private static let membershipHeader = "tarn-membership-bin"

    private let state: Mutex<State>
    private let tell: AsyncStream<Membership>.Continuation
    /// Newer memberships that peers told a node that does not trust its memory, or that learns.
    package let newerMemberships: AsyncStream<Membership>

    /// `epoch` is that which others have to know before they hear this node, if they do not trust their memory.
    package init(membership: Membership, epoch: UInt64, isTrusted: Bool) {
        self.state = Mutex(State(membership: membership, epoch: epoch, isTrusted: isTrusted))
        (self.newerMemberships, self.tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The newest committed membership that this node knows.
    package var membership: Membership { self.state.withLock { $0.membership } }

    package func note(membership: Membership) {
        self.state.withLock { state in
            if membership.epoch >= state.membership.epoch { state.membership = membership }
            state.epoch = max(state.epoch, membership.epoch)
        }
    }

    /// `epoch` may go back, when a change that was not committed is dropped from the log.
    package func note(epoch: UInt64, isTrusted: Bool) {
        self.state.withLock { state in
            state.epoch = epoch
            state.isTrusted = isTrusted
        }
    }

    /// Adds to `headers` what every call and answer says.
    func sign(_ headers: inout HTTP2Headers) {
        let state = self.state.withLock { $0 }
        headers.append(Self.lineageHeader, String(state.membership.lineage))
        headers.append(Self.epochHeader, String(state.epoch))
        if state.membership.epoch > 0 || state.membership.isLearning {
            headers.append(Self.membershipHeader, Base64.encode(state.membership.encoded()))
        }
    }

    /// Throws when what came with these headers is not to be heard: `untrusted` for another lineage, `unavailable`
    /// while this node has to learn a newer membership first.
    func check(_ headers: HTTP2Headers, from peer: DatacenterID) throws(PeerError) {
        let own = self.state.withLock { $0 }
        let epoch = headers[Self.epochHeader].flatMap { UInt64($0) } ?? 0
        let lineage = headers[Self.lineageHeader].flatMap { UInt64($0) } ?? 0
        guard lineage == own.membership.lineage else {
            throw PeerError(
                .untrusted,
                "\(peer) is of lineage \(lineage), this node of \(own.membership.lineage): the log was recovered without "
                    + "one of them, which can come back only under a new name"
            )
        }
        if own.membership.isLearning, let told = Self.membership(in: headers), told.epoch == own.membership.epoch,
            told.isNewer(than: own.membership)
        {
            self.tell.yield(told)
        }
        guard !own.isTrusted, epoch > own.epoch else { return }
        if let told = Self.membership(in: headers), told.epoch > own.membership.epoch { self.tell.yield(told) }
        throw PeerError(.unavailable, "this node learns first who belongs to the cluster")
    }

    private static func membership(in headers: HTTP2Headers) -> Membership? {
        guard let text = headers[self.membershipHeader], let bytes = Base64.decode(text) else { return nil }
        return try? Membership(decoding: bytes)
    }
}
