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
    /// `authorityFolder`. The old ones are valid beside them until they end, so nodes can take them over one after the
    /// other.
    ///
    /// Throws ``ConfigurationError`` or ``CryptoError``; then nothing was replaced.
    package static func rotate(
        nodeFolder: String,
        authorityFolder: String,
        nowMicroseconds: UInt64
    ) throws -> Rotation {
        let configuration = try NodeConfiguration(path: nodeFolder + "/node.yaml")
        let authority = try self.authority(in: authorityFolder, of: configuration)
        let old = try CertificateSummary(pem: try self.readText(configuration.keysDirectory + "/node.crt"))
        let validity = try self.validity(days: Self.certificateDays, nowMicroseconds: nowMicroseconds)
        let peer = try authority.issueNode(
            configuration.datacenter,
            hosts: [configuration.peerAddress.host],
            validity: validity
        )
        let api = try authority.issueServer(hosts: [self.apiHost(of: configuration)], validity: validity)
        try self.replace(
            [
                ("ca.crt", authority.certificatePEM, false),
                ("node.crt", peer.certificatePEM, false), ("node.key", peer.privateKeyPEM, true),
                ("api.crt", api.certificatePEM, false), ("api.key", api.privateKeyPEM, true),
            ],
            in: configuration.keysDirectory
        )
        return Rotation(
            datacenter: configuration.datacenter,
            oldEndSeconds: old.expiresAtSeconds,
            newEndSeconds: try CertificateSummary(pem: peer.certificatePEM).expiresAtSeconds
        )
    }

    /// Makes a new authority in `authorityFolder` and has nodes trust it beside the old one, whose certificates they
    /// still show. The files of the old one stay as `ca.crt.old` and `ca.key.old`.
    ///
    /// Throws ``ConfigurationError`` or ``CryptoError``.
    package static func renewAuthority(
        nodeFolders: [String],
        authorityFolder: String,
        nowMicroseconds: UInt64
    ) throws {
        let nodes = try nodeFolders.map { try NodeConfiguration(path: $0 + "/node.yaml") }
        var old: CertificateAuthority?
        for node in nodes { old = try self.authority(in: authorityFolder, of: node) }
        guard let old else { return }
        guard PEMBundle.certificates(in: old.certificatePEM).count == 1 else {
            throw ConfigurationError("\(authorityFolder) trusts two authorities already; finish with --retire-ca first")
        }
        let new = try CertificateAuthority.create(
            cluster: old.cluster,
            validity: self.validity(days: Self.authorityDays, nowMicroseconds: nowMicroseconds)
        )
        let bundle = new.certificatePEM + old.certificatePEM
        try self.replace(
            [("ca.crt.old", old.certificatePEM, false), ("ca.key.old", old.privateKeyPEM, true)],
            in: authorityFolder
        )
        try self.replace([("ca.key", new.privateKeyPEM, true), ("ca.crt", bundle, false)], in: authorityFolder)
        for node in nodes { try self.replace([("ca.crt", bundle, false)], in: node.keysDirectory) }
    }

    /// Has nodes trust the newest authority alone. Throws ``ConfigurationError`` for a node that still shows a
    /// certificate of an older one; then nothing was replaced.
    package static func retireAuthorities(nodeFolders: [String], authorityFolder: String) throws {
        let nodes = try nodeFolders.map { try NodeConfiguration(path: $0 + "/node.yaml") }
        var newest: String?
        for node in nodes {
            let text = try self.authority(in: authorityFolder, of: node).certificatePEM
            let first = PEMBundle.certificates(in: text).first ?? text
            let verifier = try CertificateVerifier(authorityPEM: first)
            for name in ["node.crt", "api.crt"] {
                let path = "\(node.keysDirectory)/\(name)"
                do {
                    _ = try verifier.verify(pem: try self.readText(path), purpose: .server)
                } catch let error as CryptoError {
                    throw ConfigurationError(
                        "\(path) is not of the new authority yet; rotate it first: \(error.message)"
                    )
                }
            }
            newest = first
        }
        guard let newest else { return }
        try self.replace([("ca.crt", newest, false)], in: authorityFolder)
        for node in nodes { try self.replace([("ca.crt", newest, false)], in: node.keysDirectory) }
    }

    /// The authority in `folder`, which must be that of the node's cluster.
    private static func authority(
        in folder: String,
        of configuration: NodeConfiguration
    ) throws -> CertificateAuthority {
        let authority = try self.authority(in: folder)
        guard authority.cluster == configuration.clusterName else {
            throw ConfigurationError(
                "\(folder) is the authority of cluster \(authority.cluster), the node is of "
                    + "\(configuration.clusterName)"
            )
        }
        return authority
    }

    /// Replaces files of `folder`. All are written before the first is replaced: a full disk must not leave a
    /// certificate without its key.
    private static func replace(_ files: [(name: String, text: String, isSecret: Bool)], in folder: String) throws {
        let keys = URL(fileURLWithPath: folder)
        for file in files {
            try self.write(file.text, to: keys.appendingPathComponent("\(file.name).new"), isSecret: file.isSecret)
        }
        for file in files {
            let path = keys.appendingPathComponent(file.name).path
            guard rename("\(path).new", path) == 0 else {
                throw ConfigurationError("cannot replace \(path): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// The host that clients know this node by, which its certificate must name.
    private static func apiHost(of configuration: NodeConfiguration) -> String {
        let url = configuration.members.first { $0.datacenter == configuration.datacenter }?.apiURL ?? ""
        let rest = url.split(separator: "/").last ?? ""
        return HostPort(String(rest))?.host ?? configuration.apiAddress.host
    }
}
