internal import Foundation
package import TarnCore
internal import Yams

/// `node.yaml`: where one datacentre's node keeps its data, listens, and finds its peers.
///
/// Paths are relative to the file. Unknown keys are errors, so that a misspelt option is not silently ignored.
package struct NodeConfiguration: Sendable {
    package struct Member: Sendable {
        package let datacenter: DatacenterID
        package let peer: HostPort
        /// `http(s)://host:port` of this member's API.
        package let apiURL: String
    }

    /// The folder that the file stands in.
    package let directory: String
    package let clusterName: String
    package let datacenter: DatacenterID
    package let dataDirectory: String
    package let keysDirectory: String
    package let genesisPath: String
    package let peerAddress: HostPort
    package let apiAddress: HostPort
    /// Whether the API speaks TLS with the certificate in the keys folder.
    package let isAPITLSEnabled: Bool
    package let isSearchEnabled: Bool
    package let upkeep: UpkeepSettings
    package let links: LinkSettings
    /// Where the key stands that segments are encrypted with; nil when they are not.
    let encryption: EncryptionSettings?
    /// In the order of the genesis: primary, standby, observer.
    package let members: [Member]

    /// Reads and checks the file at `path`. Throws ``ConfigurationError`` naming file and key.
    package init(path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError("cannot read \(path): \(error.localizedDescription)")
        }
        let directory = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
        do {
            try self.init(yaml: text, directory: directory)
        } catch let error as ConfigurationError {
            throw ConfigurationError("\(path): \(error.message)")
        } catch let error as CoreError {
            throw ConfigurationError("\(path): \(error.message)")
        }
    }

    package init(yaml text: String, directory: String) throws {
        let root: YAMLMapping
        do {
            root = try YAMLMapping(try Yams.load(yaml: text), name: "the file")
        } catch let error as YamlError {
            throw ConfigurationError("not valid YAML: \(error)")
        }
        try root.expectKeys([
            "cluster", "datacenter", "data", "keys", "genesis", "peer", "api", "tls", "search", "upkeep", "links",
            "encryption", "members",
        ])
        self.directory = directory
        self.clusterName = try root.string("cluster")
        self.datacenter = try DatacenterID(root.string("datacenter"))
        self.dataDirectory = Self.resolve(try root.string("data"), in: directory)
        self.keysDirectory = Self.resolve(try root.string("keys"), in: directory)
        self.genesisPath = Self.resolve(try root.string("genesis"), in: directory)
        self.peerAddress = try root.address("peer")
        self.apiAddress = try root.address("api")
        self.isAPITLSEnabled = try root.bool("tls", default: false)
        self.isSearchEnabled = try root.bool("search", default: true)
        self.upkeep = try root.mapping("upkeep").map { try UpkeepSettings($0) } ?? UpkeepSettings()
        self.links = try root.mapping("links").map { try LinkSettings($0) } ?? LinkSettings()
        self.encryption = try root.mapping("encryption").map { try EncryptionSettings($0) }
        self.members = try root.list("members").map { item in
            let member = try YAMLMapping(item, name: "a member")
            try member.expectKeys(["dc", "peer", "api"])
            return Member(
                datacenter: try DatacenterID(member.string("dc")),
                peer: try member.address("peer"),
                apiURL: try member.string("api")
            )
        }
        try self.check()
    }

    private func check() throws {
        guard self.members.count == 1 || self.members.count == 3 else {
            throw ConfigurationError("key 'members': a cluster has one or three datacentres, not \(self.members.count)")
        }
        guard self.members.contains(where: { $0.datacenter == self.datacenter }) else {
            throw ConfigurationError("key 'datacenter': \(self.datacenter) is not among the members")
        }
        guard Set(self.members.map(\.datacenter)).count == self.members.count else {
            throw ConfigurationError("key 'members': two members have the same name")
        }
        guard self.peerAddress != self.apiAddress || self.peerAddress.port == 0 else {
            throw ConfigurationError(
                "keys 'peer' and 'api' both name \(self.apiAddress); give each listener its own port"
            )
        }
        guard Set(self.members.map(\.peer)).count == self.members.count else {
            throw ConfigurationError("key 'members': two members have the same peer address")
        }
        guard self.apiAddress.isLoopback || self.isAPITLSEnabled else {
            throw ConfigurationError(
                "key 'api': \(self.apiAddress) is not on loopback, so it needs TLS; set 'tls: true' (keys/api.crt and keys/api.key)"
            )
        }
    }

    private static func resolve(_ path: String, in directory: String) -> String {
        path.hasPrefix("/")
            ? path : URL(fileURLWithPath: directory).appendingPathComponent(path).standardizedFileURL.path
    }
}

/// A configuration file that cannot be used, with the key and what is wrong with it.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { self.message }
}
