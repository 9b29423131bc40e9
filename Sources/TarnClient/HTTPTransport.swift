internal import AsyncHTTPClient
internal import Glibc
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import TarnCore

/// HTTP/1.1 over kept-alive connections, as many to a node as requests are open but at most
/// ``Limits/clientConnectionsMax``.
package final class HTTPTransport: TarnTransport {
    /// What connecting ends with. A connection that was made ends so only after a quarter of an hour without any
    /// answer, and no write has so much time.
    private static let unconnectedErrors: Set<CInt> = [
        ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL,
    ]

    private let client: HTTPClient

    /// With `authorityPath`, only certificates signed by an authority in that PEM file are trusted.
    /// Throws ``ClientError`` with code `usage` when the file cannot be used.
    package init(authorityPath: String?) throws(ClientError) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(5))
        configuration.connectionPool = HTTPClient.Configuration.ConnectionPool(idleTimeout: .seconds(30))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Limits.clientConnectionsMax
        // A lost connection must be told to the caller at once: who decides to ask again knows what was asked.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        if let authorityPath {
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorityPath))
                configuration.tlsConfiguration = tls
            } catch {
                throw ClientError(.usage, "key 'ca': cannot read certificates from \(authorityPath): \(error)")
            }
        }
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes all connections; must be called before the transport is let go.
    package func shutdown() async throws {
        try await self.client.shutdown()
    }

    package func exchange(
        _ request: TransportRequest,
        with url: String,
        receive: @Sendable (Int, ByteBuffer) async throws -> Void
    ) async throws -> TransportResponseHead {
        var outgoing = HTTPClientRequest(url: url + request.target)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        if let body = request.body { outgoing.body = .bytes(body) }
        do {
            let response = try await self.client.execute(
                outgoing,
                deadline: .now() + .milliseconds(Int64(request.deadlineMilliseconds))
            )
            let status = Int(response.status.code)
            for try await part in response.body { try await receive(status, part) }
            var headers: [String: String] = [:]
            for (name, value) in response.headers { headers[name.lowercased()] = value }
            return TransportResponseHead(status: status, headers: headers)
        } catch let error as ClientError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Self.failure(error, url: url)
        }
    }

    package func pause(milliseconds: Int) async throws {
        try await self.client.eventLoopGroup.any().scheduleTask(in: .milliseconds(Int64(milliseconds))) {}.futureResult
            .get()
        try Task.checkCancellation()
    }

    private static func failure(_ error: any Error, url: String) -> TransportFailure {
        switch error {
        case let error as NIOConnectionError:
            let reason =
                error.connectionErrors.first.map { Self.reason($0.error) }
                ?? "the name '\(error.host)' cannot be resolved"
            return TransportFailure("cannot connect to \(url): \(reason)", mayHaveArrived: false)
        // A name is connected to by way of the case above, an address by way of these.
        case let error as IOError where Self.unconnectedErrors.contains(error.errnoCode):
            return TransportFailure("cannot connect to \(url): \(Self.reason(error))", mayHaveArrived: false)
        case ChannelError.connectTimeout:
            return TransportFailure("cannot connect to \(url): \(Self.reason(error))", mayHaveArrived: false)
        case is IOError:
            return TransportFailure("\(url): the connection was lost: \(Self.reason(error))", mayHaveArrived: true)
        case let error as HTTPClientError:
            let isUnsent = [
                .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .invalidURL, .emptyHost,
            ].contains(error)
            return TransportFailure("\(url): \(error.shortDescription)", mayHaveArrived: !isUnsent)
        case let error as NIOSSLError:
            return TransportFailure("\(url): TLS: \(error)", mayHaveArrived: false)
        default:
            return TransportFailure("\(url): \(error)", mayHaveArrived: true)
        }
    }

    /// Why a connection failed, in the words of the operating system where it knows some.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: SystemError("connect", error.errnoCode).reason
        case ChannelError.connectTimeout: "no answer in time"
        default: "\(error)"
        }
    }
}
