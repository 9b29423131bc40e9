internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
package import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import ServiceLifecycle
internal import TarnCore
package import TarnCrypto
package import TarnNode

/// The HTTP listener of a node: `/v1`, health, and whatever other services register.
///
/// Runs until its service group shuts it down: then it stops accepting, lets requests finish, and closes.
package struct APIServer: Service {
    /// The loops of every API listener of the process; none of them carries what nodes say to each other.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

    private let node: any NodeService
    private let address: HostPort
    private let certificate: APICertificate?
    private let forwarder: RequestForwarder
    private let routes: RouteTable
    private let gate: RequestGate
    /// Counts the requests of limited tokens, which come with a header or with the dashboard's cookie.
    private let tokens: TokenGate
    private let metrics = APIMetrics()
    private let numbers = RequestNumbers(seed: UInt64.random(in: 0 ... .max))
    let audit: AuditRecorder
    private let accessTokens: AccessTokens?
    private let onListening: @Sendable (HostPort) async -> Void
    private let logger: Logger

    /// `tls` is the listener's certificate; `authorityPEM` is what the primary's certificate must lead to where that is
    /// not the authority of `tls`. `onListening` is told the bound address once requests are taken: port 0 asks for any
    /// free one. `secretBox` holds the cluster's key for secrets; without one there are none.
    ///
    /// Throws ``NodeError`` `invalidRequest` for a listener that others can reach without TLS, and for certificates
    /// that cannot be read.
    package init(
        node: any NodeService,
        address: HostPort,
        tls: NodeIdentity?,
        authorityPEM: String? = nil,
        secretBox: SecretBox? = nil,
        logger: Logger,
        onListening: @escaping @Sendable (HostPort) async -> Void = { _ in }
    ) throws {
        guard tls != nil || address.isLoopback else {
            throw NodeError(
                .invalidRequest,
                "the API cannot listen on \(address) without TLS, for others could read tokens; set 'tls: true' or use 127.0.0.1"
            )
        }
        self.node = node
        self.address = address
        self.certificate = try tls.map { try APICertificate($0) }
        self.forwarder = RequestForwarder(
            credential: node.credential,
            trustRoots: try Self.trustRoots(authorityPEM ?? tls?.authorityPEM)
        )
        self.audit = AuditRecorder(node: node, forwarder: self.forwarder, numbers: self.numbers, logger: logger)
        self.gate = RequestGate(limit: Limits.apiRequestsMax)
        self.tokens = TokenGate()
        self.onListening = onListening
        self.logger = logger
        var routes = RouteTable()
        NativeService(node: node, audit: self.audit).register(in: &routes)
        MetricsResource(node: node, metrics: self.metrics, gate: self.gate).register(in: &routes)
        DashboardResource(
            node: node,
            isTLSEnabled: tls != nil,
            gate: self.gate,
            tokens: self.tokens,
            audit: self.audit
        )
        .register(in: &routes)
        let databricks = DatabricksService(node: node, secretBox: secretBox, isTLSEnabled: tls != nil)
        databricks.register(in: &routes)
        self.accessTokens = databricks.accessTokens
        self.routes = routes
    }

    /// Serves until graceful shutdown. Throws when the address cannot be bound.
    package func run() async throws {
        try await self.application().run()
    }

    /// Shows another certificate to whoever connects from now on, and trusts the primary by another authority. Throws
    /// ``NodeError`` `invalidRequest`; then nothing has changed.
    package func renew(tls: NodeIdentity?, authorityPEM: String) throws {
        let roots = try Self.trustRoots(authorityPEM)
        if let tls { try self.certificate?.renew(tls) }
        self.forwarder.renew(trustRoots: roots)
    }

    /// The server as Hummingbird runs it, and as tests drive it without a socket.
    func application() throws -> some ApplicationProtocol {
        let host = self.address.host
        let onListening = self.onListening
        return Application(
            responder: APIResponder(
                node: self.node,
                routes: self.routes,
                forwarder: self.forwarder,
                gate: self.gate,
                numbers: self.numbers,
                metrics: self.metrics,
                audit: self.audit,
                accessTokens: self.accessTokens,
                tokens: self.tokens
            ),
            server: try self.serverBuilder(),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: self.address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.apiConnectionsMax, logger: self.logger)
            ),
            services: [self.forwarder, self.audit],
            onServerRunning: { channel in
                await onListening(HostPort(host: host, port: channel.localAddress?.port ?? 0))
            },
            eventLoopGroupProvider: .shared(Self.loops),
            logger: self.logger
        )
    }

    private func serverBuilder() throws -> HTTPServerBuilder {
        let configuration = HTTP1Channel.Configuration(
            idleTimeout: .seconds(Int64(Limits.apiIdleSeconds)),
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: Limits.requestTargetBytesMax,
                maxHeaderListSize: Limits.requestHeadBytesMax,
                maxHeaderFieldCount: Limits.requestHeaderCountMax
            )
        )
        let plain = HTTPServerBuilder { responder in
            LoopBoundChannel(
                base: HTTP1Channel(
                    responder: { request, writer, channel in
                        // Without this answer curl waits a second before it sends a large body.
                        if request.headers[.expect]?.lowercased() == "100-continue" {
                            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
                        }
                        try await responder(request, writer, channel)
                    },
                    configuration: configuration
                )
            )
        }
        return try self.certificate.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain
    }

    private static func trustRoots(_ pem: String?) throws -> NIOSSLTrustRoots? {
        guard let pem else { return nil }
        do {
            return .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
        } catch {
            throw NodeError(.invalidRequest, "the cluster's certificate authority cannot be read: \(error)")
        }
    }
}
