package import Logging
package import NIOCore
package import TarnCore
package import TarnCrypto
package import TarnHTTP2

/// A node's listener for its peers: takes their calls over mutual TLS and hands them to the node.
package final class PeerServer: Sendable {
    private let server: HTTP2Server
    private let security: PeerSecurity
    /// Bytes of all peers, before encryption.
    package var traffic: HTTP2Traffic { self.server.traffic }

    /// Serves the members of `members` other than the one that `identity` belongs to. `address` may have port 0. Control
    /// calls of at most ``Limits/controlBytesMax`` are answered on `controlExecutor`, everything else in the pool.
    /// Throws ``PeerError`` with `untrusted` when the identity is not a node's.
    package init(
        address: HTTP2Address,
        identity: NodeIdentity,
        members: [DatacenterID],
        delegate: any PeerDelegate,
        bodyCodec: some EntryBodyCodec = PlainBodyCodec(),
        exchange: MembershipExchange? = nil,
        controlExecutor: any TaskExecutor = globalConcurrentExecutor,
        limits: HTTP2Limits = .peer,
        group: any EventLoopGroup,
        logger: Logger
    ) throws {
        let security = try PeerSecurity(identity: identity, accepting: Set(members), role: .client)
        self.security = security
        let router = PeerRouter(
            delegate: delegate,
            codec: bodyCodec,
            exchange: exchange,
            controlExecutor: controlExecutor
        )
        self.server = HTTP2Server(
            address: address,
            security: security.transport,
            limits: limits,
            group: group,
            logger: logger
        ) { request in
            await router.respond(to: request)
        }
    }

    /// Opens the listener. Throws when the system refuses the address.
    package func bind() async throws {
        try await self.server.bind()
    }

    /// Shows `identity` to whoever connects from now on, and trusts its authority. Throws ``PeerError`` `untrusted`;
    /// then nothing has changed.
    package func renew(_ identity: NodeIdentity) throws {
        try self.security.renew(identity)
    }

    /// The port of the listener once it is open.
    package var boundPort: Int? { self.server.boundPort }

    /// Serves until ``drain()`` was called and open calls are answered, or until the task is cancelled, which ends
    /// them.
    package func run() async throws {
        try await self.server.run()
    }

    /// Stops accepting and lets open calls finish within the limit.
    package func drain() {
        self.server.drain()
    }
}

extension HTTP2Limits {
    /// The bounds between nodes.
    package static var peer: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.bodyBytesMax = Limits.peerBodyBytesMax
        return limits
    }
}
