internal import Foundation
package import TarnCore
internal import TarnCrypto

extension ClusterLayout {
    /// A datacentre that is to join a cluster, with the keys made for it.
    package struct Newcomer: Sendable {
        let datacenter: Datacenter
        let signingKey: SigningKey

        package init(_ datacenter: Datacenter) throws {
            self.datacenter = datacenter
            self.signingKey = try SigningKey.generate()
        }

        /// What the log says about it.
        package var member: Membership.Member {
            Membership.Member(
                datacenter: self.datacenter.name,
                publicKey: self.signingKey.publicKey,
                peer: self.datacenter.peer.description,
                api: ClusterLayout.url(self.datacenter)
            )
        }

        /// Where it is to be reached.
        package var address: MemberAddress {
            MemberAddress(
                datacenter: self.datacenter.name,
                peer: self.datacenter.peer.description,
                api: ClusterLayout.url(self.datacenter)
            )
        }
    }

    /// Writes the folders of `newcomers` into `directory`, which `cluster init` made, and adds them to its `client.yaml`.
    /// `addresses` are those of all members of `membership`. Throws ``ConfigurationError`` when a folder exists already or
    /// the authority's or another node's is missing.
    package static func join(
        directory: String,
        newcomers: [Newcomer],
        membership: Membership,
        addresses: [MemberAddress],
        nowMicroseconds: UInt64
    ) throws -> [String] {
        let all = try addresses.map { try Datacenter($0) }
        // Nodes that cannot both listen would be waited for in vain.
        try self.checkAddresses(all)
        let root = URL(fileURLWithPath: directory).standardizedFileURL
        let authority = try self.authority(in: root.appendingPathComponent("ca").path)
        let source = try self.sourceFolder(in: root)
        let genesisBytes = try self.readBytes(source.appendingPathComponent("genesis.bin").path)
        let genesis = try Genesis(decoding: genesisBytes)
        guard genesis.clusterName == authority.cluster else {
            throw ConfigurationError("\(root.path)/ca is the authority of another cluster than \(source.path)")
        }
        let secretsKeyFile = source.appendingPathComponent("keys/\(NodeConfiguration.secretsKeyName)")
        let secretsKey = try self.readText(secretsKeyFile.path)
        let validity = try self.validity(days: Self.certificateDays, nowMicroseconds: nowMicroseconds)
        var files: [String] = []
        for newcomer in newcomers {
            let folder = root.appendingPathComponent(newcomer.datacenter.name.name)
            guard !FileManager.default.fileExists(atPath: folder.path) else {
                throw ConfigurationError("\(folder.path) exists already; a datacentre joins under a name of its own")
            }
            let keys = folder.appendingPathComponent("keys")
            try self.writeKeys(to: keys, newcomer.datacenter, authority, validity, signingKey: newcomer.signingKey)
            try self.write(
                secretsKey,
                to: keys.appendingPathComponent(NodeConfiguration.secretsKeyName),
                isSecret: true
            )
            try self.write(bytes: genesisBytes, to: folder.appendingPathComponent("genesis.bin"), isSecret: false)
            let membershipFile = folder.appendingPathComponent(MembershipFinder.fileName)
            try self.write(bytes: membership.encoded(), to: membershipFile, isSecret: false)
            let file = folder.appendingPathComponent("node.yaml")
            try self.write(self.nodeYAML(genesis, newcomer.datacenter, all: all), to: file, isSecret: false)
            files.append(file.path)
        }
        try self.rewriteClient(root.appendingPathComponent("client.yaml"), nodes: all)
        return files
    }

    /// Undoes ``join(directory:newcomers:membership:addresses:nowMicroseconds:)`` where the cluster refused the
    /// newcomers.
    package static func leave(directory: String, newcomers: [Newcomer], addresses: [MemberAddress]) throws {
        let root = URL(fileURLWithPath: directory).standardizedFileURL
        for newcomer in newcomers {
            try FileManager.default.removeItem(at: root.appendingPathComponent(newcomer.datacenter.name.name))
        }
        try self.rewriteClient(root.appendingPathComponent("client.yaml"), nodes: addresses.map { try Datacenter($0) })
    }

    /// The folder of any node in `root`.
    private static func sourceFolder(in root: URL) throws -> URL {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        for name in names.sorted() {
            let folder = root.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("genesis.bin").path) {
                return folder
            }
        }
        throw ConfigurationError("\(root.path) holds no folder of a node; give the folder that 'cluster init' made")
    }

    /// Replaces the list of nodes at the end of `client.yaml`.
    private static func rewriteClient(_ file: URL, nodes: [Datacenter]) throws {
        let text = try self.readText(file.path)
        guard let end = text.range(of: "nodes:\n") else {
            throw ConfigurationError("\(file.path) has no key 'nodes'")
        }
        var out = String(text[..<end.upperBound])
        for node in nodes { out += "  - {dc: \(node.name), url: \"\(self.url(node))\"}\n" }
        try self.write(out, to: file, isSecret: true)
    }
}

extension ClusterLayout.Datacenter {
    /// A datacentre where the cluster says that it is.
    init(_ address: MemberAddress) throws {
        let host = address.api.split(separator: "/").last.map(String.init) ?? ""
        try self.init(argument: "\(address.datacenter)=\(address.peer),\(host)")
    }
}
