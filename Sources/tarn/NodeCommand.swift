public import ArgumentParser
internal import Foundation
internal import Glibc
public import Logging
internal import ServiceLifecycle
internal import TarnAPI
internal import TarnNode
internal import UnixSignals

/// `tarn node`: runs one datacentre's node until SIGTERM.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Run one datacentre's node until SIGTERM or SIGINT.",
        discussion:
            "SIGHUP has it read its certificates again. Logs are JSON lines on standard error; the line with message \"ready\" names the addresses."
    )

    @Option(name: .customLong("config"), help: "The node's configuration, node.yaml.")
    var file: String

    @Option(help: "The least severe log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    private static func logger(for configuration: NodeConfiguration) -> Logger {
        var logger = Logger(label: "tarn")
        logger[metadataKey: "dc"] = "\(configuration.datacenter)"
        return logger
    }

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
        let logger = Self.logger(for: configuration)
        // A node whose peers have become others starts anew in the same process.
        while try await Self.serve(configuration, logger: logger) {
            logger.notice("the membership changed; this node starts anew")
        }
        logger.info("stopped")
    }

    /// Runs one node to its end; true when it is to be started anew.
    private static func serve(_ configuration: NodeConfiguration, logger: Logger) async throws -> Bool {
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
            tls: try configuration.apiIdentity(),
            authorityPEM: try configuration.authorityPEM(),
            secretBox: try configuration.secretBox(),
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
                Self.tellManager(logger)
            }
        )
        var services = ServiceGroupConfiguration(
            services: Self.services(node, api, configuration, logger),
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        services.maximumGracefulShutdownDuration = Duration.seconds(30)
        try await ServiceGroup(configuration: services).run()
        return node.isToRestart
    }

    /// Units that wait for this node are started now.
    private static func tellManager(_ logger: Logger) {
        guard let manager = ServiceManager(environment: ProcessInfo.processInfo.environment) else { return }
        guard !manager.notifyReady() else { return }
        logger.error("the service manager was not told", metadata: ["error": "\(String(cString: strerror(errno)))"])
    }

    private static func services(
        _ node: Node,
        _ api: APIServer,
        _ configuration: NodeConfiguration,
        _ logger: Logger
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let reloader = CertificateReloader(node: node, api: api, configuration: configuration, logger: logger)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: node, successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: api, successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: reloader, successTerminationBehavior: .ignore),
            .init(service: NodeEndWatch(node), successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        if let shifter = ClockShifter(environment: ProcessInfo.processInfo.environment, logger: logger) {
            services.append(.init(service: shifter, successTerminationBehavior: .ignore))
        }
        return services
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
