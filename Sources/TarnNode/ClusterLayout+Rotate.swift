internal import Foundation
internal import Glibc
package import TarnCore
internal import TarnCrypto

extension ClusterLayout {
    /// What became of one node's certificates.
    package struct Rotation: Sendable {
        package let datacenter: DatacenterID
        /// When the old certificate would have ended and the new one will, in seconds since 1970.
        package let oldEndSeconds: Int64
        package let newEndSeconds: Int64
    }

    /// Gives the node of `nodeFolder` new certificates and keys for peers and clients, signed by the authority in
    /// `authorityFolder`. The old ones are valid beside them until they end, so that nodes can be restarted one after the
    /// other.
    ///
    /// Throws ``ConfigurationError`` or ``CryptoError``; then nothing was replaced.
    package static func rotate(
        nodeFolder: String,
        authorityFolder: String,
        nowMicroseconds: UInt64
    ) throws -> Rotation {
        let configuration = try NodeConfiguration(path: nodeFolder + "/node.yaml")
        let authority = try CertificateAuthority(
            certificatePEM: try self.read(authorityFolder + "/ca.crt"),
            privateKeyPEM: try self.read(authorityFolder + "/ca.key")
        )
        guard authority.cluster == configuration.clusterName else {
            throw ConfigurationError(
                "\(authorityFolder) is the authority of cluster \(authority.cluster), the node is of \(configuration.clusterName)"
            )
        }
        let old = try CertificateSummary(pem: try self.read(configuration.keysDirectory + "/node.crt"))
        let start = Int64(nowMicroseconds / 1_000_000) - 3_600
        let validity = try CertificateValidity(startSeconds: start, days: Self.certificateDays)
        let peer = try authority.issueNode(
            configuration.datacenter,
            hosts: [configuration.peerAddress.host],
            validity: validity
        )
        let api = try authority.issueServer(hosts: [self.apiHost(of: configuration)], validity: validity)
        let files: [(name: String, text: String, isSecret: Bool)] = [
            ("node.crt", peer.certificatePEM, false), ("node.key", peer.privateKeyPEM, true),
            ("api.crt", api.certificatePEM, false), ("api.key", api.privateKeyPEM, true),
        ]
        let keys = URL(fileURLWithPath: configuration.keysDirectory)
        // All are written before the first is replaced: a full disk must not leave a certificate without its key.
        for file in files {
            try self.write(file.text, to: keys.appendingPathComponent("\(file.name).new"), isSecret: file.isSecret)
        }
        for file in files {
            let path = keys.appendingPathComponent(file.name).path
            guard rename("\(path).new", path) == 0 else {
                throw ConfigurationError("cannot replace \(path): \(String(cString: strerror(errno)))")
            }
        }
        return Rotation(
            datacenter: configuration.datacenter,
            oldEndSeconds: old.expiresAtSeconds,
            newEndSeconds: try CertificateSummary(pem: peer.certificatePEM).expiresAtSeconds
        )
    }

    /// The host that clients know this node by, which its certificate must name.
    private static func apiHost(of configuration: NodeConfiguration) -> String {
        let url = configuration.members.first { $0.datacenter == configuration.datacenter }?.apiURL ?? ""
        let rest = url.split(separator: "/").last ?? ""
        return HostPort(String(rest))?.host ?? configuration.apiAddress.host
    }

    private static func read(_ path: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("cannot read \(path)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
