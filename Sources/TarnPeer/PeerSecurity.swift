internal import TarnCore
internal import TarnCrypto
internal import TarnHTTP2

/// Who may speak to whom: both ends show a certificate of the cluster's own authority that names the expected
/// datacentre and this cluster.
struct PeerSecurity {
    let transport: HTTP2Security
    private let peers: Set<DatacenterID>
    private let role: CertificateVerifier.Purpose

    /// Accepts the nodes of `peers` alone, but for the identity's own. `role` is what the other end is: the client of a
    /// server, or the server of a client. Throws `untrusted` when the identity itself is not usable.
    init(identity: NodeIdentity, accepting peers: Set<DatacenterID>, role: CertificateVerifier.Purpose) throws {
        self.peers = peers
        self.role = role
        let judge = try Self.judge(for: identity, accepting: peers, role: role)
        do {
            self.transport = try HTTP2Security(
                certificatePEM: identity.certificatePEM,
                privateKeyPEM: identity.privateKeyPEM,
                authorityPEM: identity.authorityPEM,
                judge: judge
            )
        } catch {
            throw PeerError(.untrusted, "this node's own certificate: \(error.message)")
        }
    }

    /// Connections from now on are made with `identity`. Throws `untrusted`; then nothing has changed.
    func renew(_ identity: NodeIdentity) throws {
        let judge = try Self.judge(for: identity, accepting: self.peers, role: self.role)
        do {
            try self.transport.renew(
                certificatePEM: identity.certificatePEM,
                privateKeyPEM: identity.privateKeyPEM,
                authorityPEM: identity.authorityPEM,
                judge: judge
            )
        } catch {
            throw PeerError(.untrusted, "this node's own certificate: \(error.message)")
        }
    }

    private static func judge(
        for identity: NodeIdentity,
        accepting peers: Set<DatacenterID>,
        role: CertificateVerifier.Purpose
    ) throws -> HTTP2Security.Judge {
        let verifier: CertificateVerifier
        let others: Set<DatacenterID>
        do {
            verifier = try CertificateVerifier(authorityPEM: identity.authorityPEM)
            let own = try CertificateSummary(pem: identity.certificatePEM)
            guard let node = CertificateNames.node(in: own), node.cluster == verifier.cluster else {
                throw CryptoError(
                    .invalidCertificate,
                    "'\(own.commonName)' is not a node's certificate of cluster \(verifier.cluster)"
                )
            }
            others = peers.subtracting([node.datacenter])
        } catch let error as CryptoError {
            throw PeerError(.untrusted, "this node's own certificate: \(error.message)")
        }
        return { certificate in try Self.judge(certificate, by: verifier, role: role, accepting: others) }
    }

    private static func judge(
        _ certificate: [UInt8],
        by verifier: CertificateVerifier,
        role: CertificateVerifier.Purpose,
        accepting peers: Set<DatacenterID>
    ) throws -> String {
        let summary = try verifier.verify(der: certificate, purpose: role)
        guard let node = CertificateNames.node(in: summary) else {
            throw PeerError(.untrusted, "certificate '\(summary.commonName)' names no datacentre")
        }
        guard node.cluster == verifier.cluster else {
            throw PeerError(.untrusted, "the peer belongs to cluster \(node.cluster), not to \(verifier.cluster)")
        }
        guard peers.contains(node.datacenter) else {
            let expected = peers.sorted().map(\.name).joined(separator: ", ")
            throw PeerError(.untrusted, "the peer is datacentre \(node.datacenter); expected here: \(expected)")
        }
        return node.datacenter.name
    }
}
