package import TarnCore
internal import Yams

/// `client.yaml`: the nodes of a cluster and the token to show them.
///
/// ```yaml
/// cluster: 00112233445566778899aabbccddeeff
/// nodes:
///   - dc: dc1
///     url: https://dc1.example.org:8443
/// token: …
/// ca: ca.crt        # optional: PEM of the authority that signed the nodes' certificates
/// ```
/// `objectives` and `drill` are for drills (``DrillConfiguration``).
/// Unknown keys are errors, so that a misspelt option is not silently ignored.
package struct ClientConfiguration: Sendable {
    package struct Member: Hashable, Sendable {
        /// Nil when the node was named by its URL alone.
        package let datacenter: DatacenterID?
        /// `http(s)://host[:port]`, without a path.
        package let url: String

        package init(datacenter: DatacenterID?, url: String) {
            self.datacenter = datacenter
            self.url = url
        }
    }

    /// The cluster's id in hex, or nil when only a node's URL is known.
    package let cluster: String?
    package let nodes: [Member]
    package let token: String?
    /// Path of a PEM file, or nil for the system's authorities.
    package let authorityPath: String?
    /// Nil when the configuration was not read from a file.
    package let drill: DrillConfiguration?

    /// A node and a token given on the command line. Throws ``ClientError`` with code `usage`.
    package init(nodeURL: String, token: String?, authorityPath: String? = nil) throws(ClientError) {
        self.cluster = nil
        self.nodes = [Member(datacenter: nil, url: try Self.checkedURL(nodeURL, key: "--node"))]
        self.token = try Self.checkedToken(token)
        self.authorityPath = authorityPath
        self.drill = nil
    }

    /// Reads the file at `path`. Throws ``ClientError`` with code `usage`, naming file and key.
    package init(path: String) throws(ClientError) {
        let bytes: [UInt8]
        do {
            bytes = try FileContent.read(path, bytesMax: Self.fileBytesMax)
        } catch {
            throw ClientError(.usage, "cannot read the configuration \(path): \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ClientError(.usage, "\(path): is not UTF-8")
        }
        let directory = path.utf8.lastIndex(of: 0x2f).map { String(path[..<$0]) } ?? "."
        do throws(ClientError) {
            try self.init(yaml: text, directory: directory)
        } catch {
            throw ClientError(.usage, "\(path): \(error.message)")
        }
    }

    /// Paths in the text are relative to `directory`.
    package init(yaml text: String, directory: String) throws(ClientError) {
        let document: Yams.Node?
        do {
            document = try Yams.compose(yaml: text)
        } catch {
            throw ClientError(.usage, "not valid YAML: \(error)")
        }
        let root = try ConfigurationMapping(document, name: "the file")
        try root.expectKeys(["cluster", "nodes", "token", "ca", "objectives", "drill"])
        let cluster = try root.string("cluster")
        guard let id = Hex.decode(cluster.utf8), id.count == 16 else {
            throw ClientError(.usage, "key 'cluster': '\(cluster)' is not the 32 hex digits of a cluster id")
        }
        self.cluster = Hex.encode(id)
        self.token = try Self.checkedToken(try root.optionalString("token"))
        self.authorityPath = try root.optionalString("ca").map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
        self.drill = try DrillConfiguration(
            objectives: try root.optionalMapping("objectives"),
            drill: try root.optionalMapping("drill"),
            directory: directory
        )
        var nodes: [Member] = []
        for item in try root.list("nodes") {
            let node = try ConfigurationMapping(item, name: "an item of 'nodes'")
            try node.expectKeys(["dc", "url"])
            let datacenter = try Self.datacenter(try node.string("dc"))
            nodes.append(Member(datacenter: datacenter, url: try Self.checkedURL(try node.string("url"), key: "url")))
        }
        guard !nodes.isEmpty else { throw ClientError(.usage, "key 'nodes': at least one node is needed") }
        guard Set(nodes.map(\.datacenter)).count == nodes.count else {
            throw ClientError(.usage, "key 'nodes': two nodes have the same 'dc'")
        }
        self.nodes = nodes
    }

    private static let fileBytesMax = 1 << 20

    private static func datacenter(_ name: String) throws(ClientError) -> DatacenterID {
        do {
            return try DatacenterID(name)
        } catch {
            throw ClientError(.usage, "key 'dc': \(error.message)")
        }
    }

    /// What no header can hold would never be sent, and every request would be repeated in vain.
    private static func checkedToken(_ token: String?) throws(ClientError) -> String? {
        guard token?.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) ?? true else {
            throw ClientError(.usage, "the token holds a blank, a line end or another character that no token has")
        }
        return token
    }

    /// `http(s)://host[:port]` without what may follow; a path or query would be put before every request's own.
    private static func checkedURL(_ text: String, key: String) throws(ClientError) -> String {
        var url = Substring(text)
        while url.hasSuffix("/") { url = url.dropLast() }
        let scheme = ["http://", "https://"].first { url.hasPrefix($0) }
        guard let scheme, url.utf8.count > scheme.utf8.count,
            !url.dropFirst(scheme.count).contains(where: { "/?#@ ".contains($0) })
        else {
            throw ClientError(.usage, "key '\(key)': '\(text)' is not http(s)://host:port")
        }
        return String(url)
    }
}

extension ClientConfiguration {
    /// The nodes of `datacenter`, or all. Throws ``ClientError`` with code `usage` when there is none.
    package func nodes(of datacenter: String?) throws(ClientError) -> [Member] {
        let nodes = self.nodes.filter { datacenter == nil || $0.datacenter?.name == datacenter }
        guard !nodes.isEmpty else {
            let known = self.nodes.compactMap { $0.datacenter?.name }.joined(separator: ", ")
            throw ClientError(
                .usage,
                "no datacentre '\(datacenter ?? "")' in the configuration; it has: \(known.isEmpty ? "none" : known)"
            )
        }
        return nodes
    }

    /// The same with another token, where one is given. Throws ``ClientError`` with code `usage`.
    package func with(token: String?) throws(ClientError) -> ClientConfiguration {
        ClientConfiguration(
            cluster: self.cluster,
            nodes: self.nodes,
            token: try Self.checkedToken(token) ?? self.token,
            authorityPath: self.authorityPath,
            drill: self.drill
        )
    }

    private init(
        cluster: String?,
        nodes: [Member],
        token: String?,
        authorityPath: String?,
        drill: DrillConfiguration?
    ) {
        self.drill = drill
        self.cluster = cluster
        self.nodes = nodes
        self.token = token
        self.authorityPath = authorityPath
    }
}
