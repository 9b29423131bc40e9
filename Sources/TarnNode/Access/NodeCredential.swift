package import TarnCore
internal import TarnCrypto

/// How the nodes of one cluster know each other at the API: by a key that only who holds the genesis can derive.
///
/// The genesis stands in every node's own folder and is told to no client. Peers are trusted anyway; this keeps clients
/// from posing as one.
package struct NodeCredential: Sendable {
    /// What the ids of nodes' bearer tokens begin with, and the names of nodes as authors.
    package static let idPrefix = "node-"
    package static let authorPrefix = "node:"

    /// Hash of the token that `cluster init` made, as it stands in the genesis.
    package let adminTokenHash: Digest
    private let key: [UInt8]

    package init(_ genesis: Genesis) {
        self.adminTokenHash = genesis.adminTokenHash
        self.key = SHA256.digest(Array("tarn node credential 1".utf8) + genesis.encoded()).bytes
    }

    /// The name under which a node writes to the log.
    package static func author(_ datacenter: DatacenterID) -> String { self.authorPrefix + datacenter.name }

    /// The bearer token that the node of `datacenter` shows to other nodes.
    package func token(of datacenter: DatacenterID) -> BearerToken {
        BearerToken(id: Self.idPrefix + datacenter.name, secret: self.code("login", datacenter.name))
    }

    /// Who `token` stands for, when it is a node's and genuine.
    func principal(of token: BearerToken) -> Principal? {
        let name = String(token.id.dropFirst(Self.idPrefix.count))
        guard let datacenter = try? DatacenterID(name),
            ConstantTime.isEqual(token.secret, self.token(of: datacenter).secret)
        else { return nil }
        return Principal(name: Self.author(datacenter), scope: .admin, paths: [])
    }

    /// Shows that a node, and no client, says that `request` came from the network address `source`.
    package func sign(source: String, of request: RequestID) -> String {
        "\(source) \(Hex.encode(self.code("source", "\(source) \(request)")))"
    }

    /// The address in a text that ``sign(source:of:)`` made for `request`; nil for any other text.
    package func source(in text: String, of request: RequestID) -> String? {
        guard let space = text.firstIndex(of: " ") else { return nil }
        let source = String(text[..<space])
        return ConstantTime.isEqual(Array(text.utf8), Array(self.sign(source: source, of: request).utf8)) ? source : nil
    }

    private func code(_ purpose: String, _ text: String) -> [UInt8] {
        MessageAuthentication.code(of: Array("\(purpose)\n\(text)".utf8), key: self.key).bytes
    }
}
