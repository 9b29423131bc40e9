internal import TarnCore
internal import TarnCrypto
internal import TarnHTTP2

/// Who may speak to whom: both ends show a certificate of the cluster's own authority that names the expected
/// datacentre and this cluster.
struct PeerSecurity {
    let transport: HTTP2Security

    /// Accepts the nodes of `peers` alone, but for the identity's own. `role` is what the other end is: the client of a
    /// server, or the server of a client. Throws `untrusted` when the identity itself is not usable.
    init(identity: NodeIdentity, accepting peers: Set<DatacenterID>, role: CertificateVerifier.Purpose) throws {
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
        do {
            self.transport = try HTTP2Security(
                certificatePEM: identity.certificatePEM,
                privateKeyPEM: identity.privateKeyPEM,
                authorityPEM: identity.authorityPEM
            ) { certificate in
                try Self.judge(certificate, by: verifier, role: role, accepting: others)
            }
        } catch {
            throw PeerError(.untrusted, "this node's own certificate: \(error.message)")
        }
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
