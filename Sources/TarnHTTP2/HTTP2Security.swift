internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Mutual TLS 1.3 of one end: what it shows, and how it judges the other end.
///
/// The judge sees the DER bytes of the certificate that the other end has proved to own. It returns the peer's name,
/// which is handed on with every request, or throws the reason for the refusal. It replaces the TLS library's own
/// verification, so it must check the signature, the period and the use of the certificate too.
///
/// Certificate and judge can be renewed while connections are open: those go on as they are, later ones begin with the
/// new ones.
package final class HTTP2Security: Sendable {
    package typealias Judge = @Sendable (_ certificate: [UInt8]) throws -> String

    private struct State: Sendable {
        let serverContext: NIOSSLContext
        let clientContext: NIOSSLContext
        let judge: Judge
    }

    private let state: Mutex<State>

    /// Throws `handshakeFailed` when the PEM texts are not a certificate chain and its key.
    package init(
        certificatePEM: String,
        privateKeyPEM: String,
        authorityPEM: String,
        judge: @escaping Judge
    ) throws(HTTP2Error) {
        self.state = Mutex(
            try Self.state(
                certificatePEM: certificatePEM,
                privateKeyPEM: privateKeyPEM,
                authorityPEM: authorityPEM,
                judge: judge
            )
        )
    }

    /// Shows another certificate from now on, and judges by another judge. Throws as the initializer does; then nothing
    /// has changed.
    package func renew(
        certificatePEM: String,
        privateKeyPEM: String,
        authorityPEM: String,
        judge: @escaping Judge
    ) throws(HTTP2Error) {
        let renewed = try Self.state(
            certificatePEM: certificatePEM,
            privateKeyPEM: privateKeyPEM,
            authorityPEM: authorityPEM,
            judge: judge
        )
        self.state.withLock { $0 = renewed }
    }

    private static func state(
        certificatePEM: String,
        privateKeyPEM: String,
        authorityPEM: String,
        judge: @escaping Judge
    ) throws(HTTP2Error) -> State {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8))
                .map { NIOSSLCertificateSource.certificate($0) }
            let key = NIOSSLPrivateKeySource.privateKey(
                try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
            )
            let roots = NIOSSLTrustRoots.certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
            var server = TLSConfiguration.makeServerConfigurationWithMTLS(
                certificateChain: chain,
                privateKey: key,
                trustRoots: roots
            )
            Self.harden(&server)
            var client = TLSConfiguration.makeClientConfiguration()
            client.certificateChain = chain
            client.privateKey = key
            client.trustRoots = roots
            Self.harden(&client)
            return State(
                serverContext: try NIOSSLContext(configuration: server),
                clientContext: try NIOSSLContext(configuration: client),
                judge: judge
            )
        } catch {
            throw HTTP2Error(.handshakeFailed, "cannot use the certificate or private key: \(error)")
        }
    }

    /// The TLS handler of an accepted connection; `trust` learns the verdict.
    func serverHandler(trust: PeerTrust) -> NIOSSLServerHandler {
        let state = self.state.withLock { $0 }
        return NIOSSLServerHandler(
            context: state.serverContext,
            customVerificationCallback: Self.callback(trust, state.judge)
        )
    }

    /// The TLS handler of an outgoing connection; `trust` learns the verdict.
    func clientHandler(trust: PeerTrust) throws -> NIOSSLClientHandler {
        let state = self.state.withLock { $0 }
        return try NIOSSLClientHandler(
            context: state.clientContext,
            serverHostname: nil,
            customVerificationCallback: Self.callback(trust, state.judge)
        )
    }

    private static func callback(_ trust: PeerTrust, _ judge: @escaping Judge) -> NIOSSLCustomVerificationCallback {
        { chain, promise in
            do {
                guard let leaf = chain.first else { throw HTTP2Error(.untrustedPeer, "the peer showed no certificate") }
                trust.verdict = .success(try judge(leaf.toDERBytes()))
                promise.succeed(.certificateVerified)
            } catch {
                trust.verdict = .failure(HTTP2Error(.untrustedPeer, "\(error)"))
                promise.succeed(.failed)
            }
        }
    }

    private static func harden(_ configuration: inout TLSConfiguration) {
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["h2"]
        // The names are the judge's business; this asks for a certificate without comparing it with a host.
        configuration.certificateVerification = .noHostnameVerification
    }
}

/// What the judge said about the other end of one connection. Used on the connection's event loop only.
final class PeerTrust {
    /// Nil before the certificate was seen.
    var verdict: Result<String, HTTP2Error>?
}
