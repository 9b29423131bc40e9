import NIOSSL
import TarnCore
import TarnCrypto
import Testing

@Suite struct CertificateTests {
    private static func der(_ pem: String) throws -> [UInt8] {
        try #require(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).first).toDERBytes()
    }

    @Test func nodeCertificatesNameDatacentreAndCluster() throws {
        let summary = try CertificateSummary(pem: Cluster().identity(1).certificatePEM)
        #expect(summary.commonName == "dc2.tarn")
        #expect(summary.issuer == "tarn cluster \(Fixtures.cluster)")
        #expect(summary.dnsNames == ["dc2.\(Fixtures.cluster).tarn", "localhost"])
        #expect(summary.uris == ["tarn://\(Fixtures.cluster)/dc2"])
        let node = try #require(CertificateNames.node(in: summary))
        #expect(node.cluster == Fixtures.cluster)
        #expect(node.datacenter.name == "dc2")
        #expect(abs(summary.expiresAtSeconds - (Fixtures.nowSeconds + 29 * 86_400)) < 60)
    }

    @Test func theLongestDatacentreNameFits() throws {
        let name = try DatacenterID(String(repeating: "d", count: Limits.datacenterNameBytesMax))
        let identity = try Cluster().authority.issueNode(name, hosts: [], validity: Fixtures.validity())
        let node = try CertificateNames.node(in: CertificateSummary(pem: identity.certificatePEM))
        #expect(node?.datacenter == name)
    }

    @Test func theAuthorityAcceptsItsOwnCertificatesForBothEnds() throws {
        let cluster = try Cluster()
        let identity = try cluster.identity(0)
        let verifier = try CertificateVerifier(authorityPEM: identity.authorityPEM)
        #expect(verifier.cluster == Fixtures.cluster)
        let der = try Self.der(identity.certificatePEM)
        #expect(try verifier.verify(der: der, purpose: .client).commonName == "dc1.tarn")
        #expect(try verifier.verify(der: der, purpose: .server).commonName == "dc1.tarn")
    }

    @Test func certificatesOfAnotherAuthorityAreRefusedByName() throws {
        let verifier = try CertificateVerifier(authorityPEM: Cluster().authority.certificatePEM)
        let stranger = try Self.der(Cluster(cluster: "another").identity(0).certificatePEM)
        let error = #expect(throws: CryptoError.self) { try verifier.verify(der: stranger, purpose: .client) }
        #expect(error?.code == .untrusted)
        #expect(error?.message.contains("tarn cluster another") == true)
    }

    @Test func certificatesOutsideTheirPeriodAreRefused() throws {
        let cluster = try Cluster()
        let verifier = try CertificateVerifier(authorityPEM: cluster.authority.certificatePEM)
        let expired = try Self.der(cluster.identity(0, startDaysAgo: 20, days: 10).certificatePEM)
        let error = #expect(throws: CryptoError.self) { try verifier.verify(der: expired, purpose: .client) }
        #expect(error?.message.contains("expired") == true)
        let early = try Self.der(cluster.identity(0, startDaysAgo: -2, days: 10).certificatePEM)
        #expect(throws: CryptoError.self) { try verifier.verify(der: early, purpose: .client) }
    }

    @Test func apiCertificatesAreNoPeersCertificates() throws {
        let cluster = try Cluster()
        let identity = try cluster.authority.issueServer(
            hosts: ["127.0.0.1", "::1", "api.example"],
            validity: Fixtures.validity()
        )
        let verifier = try CertificateVerifier(authorityPEM: identity.authorityPEM)
        let der = try Self.der(identity.certificatePEM)
        let summary = try verifier.verify(der: der, purpose: .server)
        #expect(CertificateNames.node(in: summary) == nil)
        #expect(summary.dnsNames == ["api.example"])
        #expect(throws: CryptoError.self) { try verifier.verify(der: der, purpose: .client) }
    }

    @Test func anAuthoritySurvivesItsTextForm() throws {
        let cluster = try Cluster()
        let again = try CertificateAuthority(
            certificatePEM: cluster.authority.certificatePEM,
            privateKeyPEM: cluster.authority.privateKeyPEM
        )
        #expect(again.cluster == Fixtures.cluster)
        let other = try Cluster()
        #expect(throws: CryptoError.self) {
            try CertificateAuthority(
                certificatePEM: cluster.authority.certificatePEM,
                privateKeyPEM: other.authority.privateKeyPEM
            )
        }
        let node = try cluster.identity(0)
        #expect(throws: CryptoError.self) {
            try CertificateAuthority(certificatePEM: node.certificatePEM, privateKeyPEM: node.privateKeyPEM)
        }
    }

    @Test(arguments: ["", "a,DNS:b", "host name", "URI:x", "a\nb", "x;y", "[::1]"])
    func hostsThatWouldBeReadAsSyntaxAreRefused(host: String) throws {
        let authority = try Cluster().authority
        #expect(throws: CryptoError.self) { try authority.issueServer(hosts: [host], validity: Fixtures.validity()) }
    }

    @Test(arguments: ["", "a/b", "a b", "ä", String(repeating: "c", count: 49)])
    func clusterNamesThatDoNotFitAreRefused(name: String) {
        #expect(throws: CryptoError.self) { try Fixtures.authority(cluster: name) }
    }

    @Test func bytesThatAreNoCertificateAreAnError() throws {
        let verifier = try CertificateVerifier(authorityPEM: Cluster().authority.certificatePEM)
        #expect(throws: CryptoError.self) { try verifier.verify(der: [], purpose: .client) }
        #expect(throws: CryptoError.self) { try verifier.verify(der: [1, 2, 3], purpose: .client) }
        #expect(throws: CryptoError.self) { try CertificateVerifier(authorityPEM: "nothing") }
    }
}
