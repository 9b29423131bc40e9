internal import Logging
internal import ServiceLifecycle
internal import TarnAPI
internal import TarnNode
internal import UnixSignals

/// Reads the node's certificates again on SIGHUP, so that new ones need no restart.
struct CertificateReloader: Service {
    let node: Node
    let api: APIServer
    let configuration: NodeConfiguration
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do {
                let identity = try self.configuration.apiIdentity()
                let authority = try self.configuration.authorityPEM()
                try self.node.renewCertificates()
                try self.api.renew(tls: identity, authorityPEM: authority)
                self.logger.notice("certificates renewed")
            } catch {
                self.logger.error("certificates not renewed; the old ones are used", metadata: ["error": "\(error)"])
            }
        }
    }
}
