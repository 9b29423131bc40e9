internal import ArgumentParser
internal import Glibc
internal import Logging
internal import ServiceLifecycle
internal import TarnAPI
internal import TarnNode

extension NodeConfiguration {
    /// What the API's listener shows to clients; nil when it speaks plain HTTP.
    fileprivate func apiTLS() throws -> APIServer.TLSIdentity? {
        guard self.isAPITLSEnabled else { return nil }
        return APIServer.TLSIdentity(
            certificatePEM: try self.readKey("api.crt"),
            keyPEM: try self.readKey("api.key"),
            authorityPEM: try self.authorityPEM()
        )
    }

    fileprivate func authorityPEM() throws -> [UInt8] {
        try self.readKey("ca.crt")
    }
}

/// `tarn node`: runs one datacentre's node until SIGTERM.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Run one datacentre's node until SIGTERM or SIGINT.",
        discussion: "Logs are JSON lines on standard error; the line with message \"ready\" names the addresses."
    )

    @Option(name: .customLong("config"), help: "The node's configuration, node.yaml.")
    var file: String

    @Option(help: "The least severe log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func run() async throws {
        // A peer or client that goes away must not end the process.
        signal(SIGPIPE, SIG_IGN)
        let level = self.logLevel
        LoggingSystem.bootstrap { label in
            var handler = JSONLogHandler(label: label)
            handler.logLevel = level
            return handler
        }
        let configuration = try NodeConfiguration(path: self.file)
        var logger = Logger(label: "tarn")
        logger[metadataKey: "dc"] = "\(configuration.datacenter)"
        let node: Node
        do {
            node = try await Node.start(configuration: configuration, logger: logger)
        } catch {
            logger.critical("the node cannot start", metadata: ["error": "\(error)"])
            throw ExitCode(1)
        }
        let api = try APIServer(
            node: node,
            address: configuration.apiAddress,
            tls: try configuration.apiTLS(),
            authorityPEM: try configuration.authorityPEM(),
            logger: logger,
            onListening: { address in
                logger.info(
                    "ready",
                    metadata: [
                        "api": "\(address)",
                        "peer": "\(configuration.peerAddress)",
                        "cluster": "\(configuration.clusterName)",
                        "op": "\(node.head.op)",
                        "root": "\(node.head.root)",
                    ]
                )
            }
        )
        var services = ServiceGroupConfiguration(
            services: [
                .init(service: node, successTerminationBehavior: .gracefullyShutdownGroup),
                .init(service: api, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        services.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: services).run()
        logger.info("stopped")
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
