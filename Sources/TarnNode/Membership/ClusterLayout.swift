internal import Foundation
package import TarnCore
internal import TarnCrypto

/// Makes the folders of a new cluster: one a datacentre with its configuration, keys and genesis, the cluster's
/// certificate authority, and `client.yaml` with an admin token.
package enum ClusterLayout {
    static let authorityDays = 3_650
    static let certificateDays = 1_095
    /// Beside the datacentres' own folders.
    private static let authorityFolder = "ca"
    /// Certificates begin so long in the past: clocks of nodes and clients may differ.
    private static let clockToleranceSeconds: Int64 = 3_600

    /// One datacentre as `--dc NAME=PEER_HOST:PORT,API_HOST:PORT` gives it.
    package struct Datacenter: Sendable {
        package let name: DatacenterID
        package let peer: HostPort
        package let api: HostPort

        /// Throws ``ConfigurationError`` or ``CoreError`` when `text` is not of that form.
        package init(argument text: String) throws {
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let addresses = halves.count == 2 ? halves[1].split(separator: ",", omittingEmptySubsequences: false) : []
            guard addresses.count == 2, let peer = HostPort(String(addresses[0])),
                let api = HostPort(String(addresses[1]))
            else {
                throw ConfigurationError("'\(text)' is not NAME=PEER_HOST:PORT,API_HOST:PORT")
            }
            self.name = try DatacenterID(String(halves[0]))
            self.peer = peer
            self.api = api
        }
    }

    package struct Summary: Sendable {
        package let clusterName: String
        package let nodeConfigurations: [String]
        package let clientConfiguration: String
    }

    /// Writes the layout into `directory`, which must not hold one already. Nothing is left behind when it fails
    /// half-way but the files themselves: run it again in another folder.
    ///
    /// A cluster `continuing` another one takes over what its roots depend on, the boundary key and the time of the
    /// genesis, and with `secretsKey` what its values of secrets are sealed under; nothing else of it is trusted.
    package static func create(
        directory: String,
        datacenters: [Datacenter],
        createdAtMicroseconds: UInt64,
        continuing old: Genesis? = nil,
        secretsKey: String? = nil
    ) throws -> Summary {
        try self.check(datacenters)
        let root = URL(fileURLWithPath: directory).standardizedFileURL
        let clientFile = root.appendingPathComponent("client.yaml")
        guard !FileManager.default.fileExists(atPath: clientFile.path) else {
            throw ConfigurationError("\(root.path) holds a cluster already; choose another folder")
        }
        let token = BearerToken(id: BearerToken.adminID, secret: try SecureRandom.bytes(count: 32))
        let clusterID = try SecureRandom.bytes(count: 16)
        let signingKeys = try datacenters.map { _ in try SigningKey.generate() }
        let genesis = try Genesis(
            clusterID: clusterID,
            boundaryKey: try old?.boundaryKey ?? SecureRandom.bytes(count: 16),
            members: zip(datacenters, signingKeys).map {
                Genesis.Member(datacenter: $0.name, publicKey: $1.publicKey)
            },
            policy: .any2,
            createdAtMicroseconds: old?.createdAtMicroseconds ?? createdAtMicroseconds,
            adminTokenHash: token.hash
        )
        let authority = try CertificateAuthority.create(
            cluster: genesis.clusterName,
            validity: self.validity(days: Self.authorityDays, nowMicroseconds: createdAtMicroseconds)
        )
        let validity = try self.validity(days: Self.certificateDays, nowMicroseconds: createdAtMicroseconds)
        try self.write(authority.certificatePEM, to: root.appendingPathComponent("ca/ca.crt"), isSecret: false)
        try self.write(authority.privateKeyPEM, to: root.appendingPathComponent("ca/ca.key"), isSecret: true)
        let secretsKey = try secretsKey ?? Hex.encode(SecretBox.makeKey()) + "\n"
        var nodeFiles: [String] = []
        for (index, datacenter) in datacenters.enumerated() {
            let folder = root.appendingPathComponent(datacenter.name.name)
            try self.writeKeys(
                to: folder.appendingPathComponent("keys"),
                datacenter,
                authority,
                validity,
                signingKey: signingKeys[index]
            )
            let keyFile = folder.appendingPathComponent("keys/\(NodeConfiguration.secretsKeyName)")
            try self.write(secretsKey, to: keyFile, isSecret: true)
            try self.write(bytes: genesis.encoded(), to: folder.appendingPathComponent("genesis.bin"), isSecret: false)
            let file = folder.appendingPathComponent("node.yaml")
            try self.write(self.nodeYAML(genesis, datacenter, all: datacenters), to: file, isSecret: false)
            nodeFiles.append(file.path)
        }
        let caPath = root.appendingPathComponent("ca/ca.crt").path
        try self.write(
            self.clientYAML(genesis, datacenters, token: token, caPath: caPath),
            to: clientFile,
            isSecret: true
        )
        return Summary(
            clusterName: genesis.clusterName,
            nodeConfigurations: nodeFiles,
            clientConfiguration: clientFile.path
        )
    }

    private static func check(_ datacenters: [Datacenter]) throws {
        guard datacenters.count == 1 || datacenters.count == 3 else {
            throw ConfigurationError("a cluster has one or three datacentres; \(datacenters.count) were given")
        }
        guard !datacenters.contains(where: { $0.name.name == self.authorityFolder }) else {
            throw ConfigurationError("the folder '\(self.authorityFolder)' is the authority's; choose another name")
        }
        try self.checkAddresses(datacenters)
    }

    /// Throws ``ConfigurationError`` when two of all datacentres, or both halves of one, are to be reached at one place.
    static func checkAddresses(_ datacenters: [Datacenter]) throws(ConfigurationError) {
        var seen: [String: String] = [:]
        for datacenter in datacenters {
            for address in [datacenter.peer, datacenter.api] where address.port != 0 {
                if let other = seen.updateValue(datacenter.name.name, forKey: address.description) {
                    throw ConfigurationError("address \(address) is given twice, for \(other) and \(datacenter.name)")
                }
            }
        }
    }

    static func writeKeys(
        to keys: URL,
        _ datacenter: Datacenter,
        _ authority: CertificateAuthority,
        _ validity: CertificateValidity,
        signingKey: SigningKey
    ) throws {
        let identity = try authority.issueNode(datacenter.name, hosts: [datacenter.peer.host], validity: validity)
        let api = try authority.issueServer(hosts: [datacenter.api.host], validity: validity)
        try self.write(authority.certificatePEM, to: keys.appendingPathComponent("ca.crt"), isSecret: false)
        try self.write(identity.certificatePEM, to: keys.appendingPathComponent("node.crt"), isSecret: false)
        try self.write(identity.privateKeyPEM, to: keys.appendingPathComponent("node.key"), isSecret: true)
        try self.write(api.certificatePEM, to: keys.appendingPathComponent("api.crt"), isSecret: false)
        try self.write(api.privateKeyPEM, to: keys.appendingPathComponent("api.key"), isSecret: true)
        try self.write(signingKey.pem(), to: keys.appendingPathComponent("signing.key"), isSecret: true)
    }

    static func validity(days: Int, nowMicroseconds: UInt64) throws(CryptoError) -> CertificateValidity {
        let now = Int64(nowMicroseconds / 1_000_000)
        return try CertificateValidity(startSeconds: now - Self.clockToleranceSeconds, days: days)
    }

    /// The authority whose certificate and key lie in `folder`.
    static func authority(in folder: String) throws -> CertificateAuthority {
        try CertificateAuthority(
            certificatePEM: self.readText("\(folder)/ca.crt"),
            privateKeyPEM: self.readText("\(folder)/ca.key")
        )
    }

    static func url(_ datacenter: Datacenter) -> String {
        "\(datacenter.api.isLoopback ? "http" : "https")://\(datacenter.api)"
    }

    static func nodeYAML(_ genesis: Genesis, _ datacenter: Datacenter, all: [Datacenter]) -> String {
        var text = """
            # One datacentre's node. Paths are relative to this file.
            cluster: "\(genesis.clusterName)"
            datacenter: \(datacenter.name)
            data: data
            keys: keys
            genesis: genesis.bin
            # Where the other datacentres reach this node (mutual TLS), and where clients do.
            peer: "\(datacenter.peer)"
            api: "\(datacenter.api)"
            # TLS for clients, with keys/api.crt and keys/api.key; needed unless the API listens on loopback only.
            tls: \(!datacenter.api.isLoopback)
            # Full-text search over notebooks.
            search: true
            # Upkeep of what is stored: collections, scrub and what they may read and write. These are the standard values.
            # upkeep: {collect_hours: 24, grace_hours: 24, scrub_days: 14, mib_per_second: 8}
            # Encryption of segments with a key of 64 hex digits, in a file (key_file) or the environment (key_env).
            # encryption: {key_file: storage.key}
            # What may be pulled from each other datacentre, in MiB a second; 0 is without limit. These are the standard values.
            # links: {repair_mib_per_second: 64, background_mib_per_second: 16}
            # All members, in the order of the genesis: primary, standby, observer.
            members:

            """
        for member in all {
            text += "  - {dc: \(member.name), peer: \"\(member.peer)\", api: \"\(self.url(member))\"}\n"
        }
        return text
    }

    private static func clientYAML(
        _ genesis: Genesis,
        _ datacenters: [Datacenter],
        token: BearerToken,
        caPath: String
    ) -> String {
        var text = "# How clients find the cluster. Keep it secret: the token may do everything.\n"
        text += "cluster: \"\(genesis.clusterName)\"\ntoken: \(token.text)\n"
        if datacenters.contains(where: { !$0.api.isLoopback }) { text += "ca: \"\(caPath)\"\n" }
        text += "nodes:\n"
        for datacenter in datacenters { text += "  - {dc: \(datacenter.name), url: \"\(self.url(datacenter))\"}\n" }
        return text
    }

    static func readText(_ path: String) throws -> String {
        String(decoding: try self.readBytes(path), as: UTF8.self)
    }

    static func readBytes(_ path: String) throws -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("cannot read \(path)")
        }
        return Array(bytes)
    }

    static func write(_ text: String, to file: URL, isSecret: Bool) throws {
        try self.write(bytes: Array(text.utf8), to: file, isSecret: isSecret)
    }

    static func write(bytes: [UInt8], to file: URL, isSecret: Bool) throws {
        let folder = file.deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            let reason = cause.map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription
            throw ConfigurationError("cannot make the folder \(folder.path): \(reason)")
        }
        let permissions: [FileAttributeKey: Any] = [.posixPermissions: isSecret ? 0o600 : 0o644]
        guard FileManager.default.createFile(atPath: file.path, contents: Data(bytes), attributes: permissions) else {
            throw ConfigurationError("cannot write \(file.path)")
        }
    }
}
