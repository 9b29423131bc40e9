package import TarnCore

/// The names in certificates: how they are made of cluster and datacentre, and which hosts may stand there.
package enum CertificateNames {
    /// `<dc>.<cluster>.tarn`
    package static func dnsName(cluster: String, datacenter: DatacenterID) -> String {
        "\(datacenter.name).\(cluster).tarn"
    }

    /// `tarn://<cluster>/<dc>`
    package static func uri(cluster: String, datacenter: DatacenterID) -> String {
        "tarn://\(cluster)/\(datacenter.name)"
    }

    /// Cluster and datacentre that a certificate names, or nil when it is no node's certificate or its two names
    /// differ.
    package static func node(in summary: CertificateSummary) -> (cluster: String, datacenter: DatacenterID)? {
        let nodes = summary.uris.filter { $0.hasPrefix("tarn://") }
        guard nodes.count == 1, let uri = nodes.first else { return nil }
        let parts = uri.dropFirst("tarn://".count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let datacenter = try? DatacenterID(String(parts[1])) else { return nil }
        let cluster = String(parts[0])
        guard summary.dnsNames.contains(Self.dnsName(cluster: cluster, datacenter: datacenter)) else { return nil }
        return (cluster, datacenter)
    }

    static func check(cluster: String) throws(CryptoError) {
        guard (1...clusterBytesMax).contains(cluster.utf8.count), cluster.utf8.allSatisfy(Self.isNameByte) else {
            throw CryptoError(
                .invalidRequest,
                "cluster name '\(cluster)' must be 1 to \(clusterBytesMax) characters of a-z, A-Z, 0-9 and '-'"
            )
        }
    }

    /// A host as an alternative name of an extension. Anything but a host name or an address would be read as more of
    /// the extension's syntax.
    static func alternative(host: String) throws(CryptoError) -> String {
        let isV6 = host.utf8.contains(UInt8(ascii: ":"))
        let isLegal = host.utf8.allSatisfy {
            Self.isNameByte($0) || $0 == UInt8(ascii: ".") || (isV6 && $0 == UInt8(ascii: ":"))
        }
        guard isLegal, (1...253).contains(host.utf8.count) else {
            throw CryptoError(.invalidRequest, "'\(host)' is neither a host name nor an IP address")
        }
        let isV4 = host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return (isV4 || isV6 ? "IP:" : "DNS:") + host
    }

    private static let clusterBytesMax = 48

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
    }
}
