internal import COpenSSL
package import TarnCore

/// The cluster's own authority (P-256): it signs the certificates by which datacentres know each other, and those of
/// their API listeners.
///
/// A node's certificate names its datacentre and its cluster twice: as DNS name `<dc>.<cluster>.tarn` and as URI
/// `tarn://<cluster>/<dc>`. The common name carries the datacentre alone, because it may have 64 bytes at most.
package struct CertificateAuthority: Sendable, CustomStringConvertible {
    package let certificatePEM: String
    package let privateKeyPEM: String
    package let cluster: String

    /// A new authority of the cluster with this name (letters, digits and '-'), as ``Genesis/clusterName`` gives it.
    package static func create(
        cluster: String,
        validity: CertificateValidity
    ) throws(CryptoError) -> CertificateAuthority {
        try CertificateNames.check(cluster: cluster)
        let key = try KeyPair.generateP256()
        let builder = try CertificateBuilder(commonName: Self.prefix + cluster, validity: validity, key: key)
        try builder.addSelfSigned(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        try builder.addSelfSigned(NID_key_usage, "critical,keyCertSign,cRLSign")
        try builder.addSelfSigned(NID_subject_key_identifier, "hash")
        let certificate = try builder.signSelf(key: key)
        return try CertificateAuthority(certificatePEM: certificate.pem(), privateKeyPEM: key.pem())
    }

    /// Reads an authority back. Throws `invalidCertificate` when certificate and key do not belong together.
    package init(certificatePEM: String, privateKeyPEM: String) throws(CryptoError) {
        let certificate = try Certificate(pem: certificatePEM)
        let key = try KeyPair(pem: privateKeyPEM)
        guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            throw .library(.invalidCertificate, "the authority's certificate and private key do not belong together")
        }
        self.cluster = try Self.cluster(of: certificate.summary())
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// A certificate for the node of `datacenter`, for both ends of mutual TLS. `hosts` are further DNS names or IP
    /// addresses.
    package func issueNode(
        _ datacenter: DatacenterID,
        hosts: [String],
        validity: CertificateValidity
    ) throws(CryptoError) -> NodeIdentity {
        let names =
            ["DNS:" + CertificateNames.dnsName(cluster: self.cluster, datacenter: datacenter)]
            + ["URI:" + CertificateNames.uri(cluster: self.cluster, datacenter: datacenter)]
        return try self.issue(
            commonName: datacenter.name + ".tarn",
            names: names,
            hosts: hosts,
            usage: "serverAuth,clientAuth",
            validity: validity
        )
    }

    /// A certificate for an API listener at `hosts` (DNS names or IP addresses, at least one). It is no peer's
    /// certificate.
    package func issueServer(hosts: [String], validity: CertificateValidity) throws(CryptoError) -> NodeIdentity {
        guard !hosts.isEmpty else { throw CryptoError(.invalidRequest, "an API certificate needs at least one host") }
        return try self.issue(
            commonName: "tarn API",
            names: [],
            hosts: hosts,
            usage: "serverAuth",
            validity: validity
        )
    }

    /// Never shows the key.
    package var description: String { "certificate authority of cluster \(self.cluster)" }

    static let prefix = "tarn cluster "

    /// The cluster that an authority's certificate names. Throws `invalidCertificate` for any other certificate.
    static func cluster(of summary: CertificateSummary) throws(CryptoError) -> String {
        guard summary.commonName.hasPrefix(Self.prefix) else {
            throw CryptoError(.invalidCertificate, "'\(summary.commonName)' is not the authority of a cluster")
        }
        return String(summary.commonName.dropFirst(Self.prefix.count))
    }

    private func issue(
        commonName: String,
        names: [String],
        hosts: [String],
        usage: String,
        validity: CertificateValidity
    ) throws(CryptoError) -> NodeIdentity {
        let authority = try Certificate(pem: self.certificatePEM)
        let authorityKey = try KeyPair(pem: self.privateKeyPEM)
        let key = try KeyPair.generateP256()
        var alternatives = names
        for host in hosts { alternatives.append(try CertificateNames.alternative(host: host)) }
        let builder = try CertificateBuilder(commonName: commonName, validity: validity, key: key)
        try builder.add(NID_basic_constraints, "critical,CA:FALSE", issuer: authority)
        try builder.add(NID_key_usage, "critical,digitalSignature", issuer: authority)
        try builder.add(NID_ext_key_usage, usage, issuer: authority)
        try builder.add(NID_subject_key_identifier, "hash", issuer: authority)
        try builder.add(NID_authority_key_identifier, "keyid", issuer: authority)
        try builder.add(NID_subject_alt_name, alternatives.joined(separator: ","), issuer: authority)
        let certificate = try builder.sign(issuer: authority, key: authorityKey)
        return NodeIdentity(
            certificatePEM: try certificate.pem(),
            privateKeyPEM: try key.pem(),
            authorityPEM: self.certificatePEM
        )
    }
}
