internal import NIOCore
internal import NIOSSL
internal import Synchronization
internal import TarnCrypto
internal import TarnNode

/// What the API's listener shows to clients, and may show instead from some moment on: asked at every handshake.
final class APICertificate: Sendable {
    private struct State: Sendable {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
    }

    private let state: Mutex<State>

    /// Throws ``NodeError`` `invalidRequest` for what is no certificate with its key.
    init(_ identity: NodeIdentity) throws {
        self.state = Mutex(try Self.state(identity))
    }

    /// Throws as the initializer does; then the old one goes on.
    func renew(_ identity: NodeIdentity) throws {
        let renewed = try Self.state(identity)
        self.state.withLock { $0 = renewed }
    }

    /// How the listener speaks TLS: with whatever is current when somebody connects.
    var configuration: TLSConfiguration {
        let state = self.state.withLock { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: state.chain,
            privateKey: state.key
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { _, promise in
            let state = self.state.withLock { $0 }
            var current = NIOSSLContextConfigurationOverride()
            current.certificateChain = state.chain
            current.privateKey = state.key
            promise.succeed(current)
        }
        return configuration
    }

    private static func state(_ identity: NodeIdentity) throws -> State {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem)
            let state = State(chain: chain.map { .certificate($0) }, key: .privateKey(key))
            // Whether they belong together is found out only where a context is made of them.
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: state.chain,
                privateKey: state.key
            )
            _ = try NIOSSLContext(configuration: configuration)
            return state
        } catch {
            throw NodeError(.invalidRequest, "the API's certificate or key cannot be used: \(error)")
        }
    }
}
