internal import Foundation
internal import TarnCore
package import TarnCrypto

extension NodeConfiguration {
    /// What the API's listener shows to clients; nil when it speaks plain HTTP.
    package func apiIdentity() throws -> NodeIdentity? {
        self.isAPITLSEnabled ? try self.identity("api") : nil
    }

    /// The cluster's certificate authority, as PEM.
    package func authorityPEM() throws -> String {
        try self.readKey("ca.crt")
    }

    /// The key under which the cluster keeps secrets, the same at every datacentre; nil where the file `secrets.key` is
    /// missing.
    package func secretBox() throws -> SecretBox? {
        guard FileManager.default.fileExists(atPath: self.keysDirectory + "/" + Self.secretsKeyName) else { return nil }
        let text = try self.readKey(Self.secretsKeyName).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let key = Hex.decode(text.utf8), key.count == SecretBox.keyBytesCount else {
            throw ConfigurationError(
                "\(self.keysDirectory)/\(Self.secretsKeyName) must hold \(SecretBox.keyBytesCount * 2) hex digits"
            )
        }
        return try SecretBox(key: key)
    }

    /// Beside the node's own keys.
    static let secretsKeyName = "secrets.key"

    /// How this node shows itself to its peers, and whom it believes.
    func nodeIdentity() throws -> NodeIdentity {
        try self.identity("node")
    }

    /// What this datacentre signs receipts with.
    func signingKey() throws -> SigningKey {
        try SigningKey(pem: self.readKey("signing.key"))
    }

    private func identity(_ name: String) throws -> NodeIdentity {
        NodeIdentity(
            certificatePEM: try self.readKey("\(name).crt"),
            privateKeyPEM: try self.readKey("\(name).key"),
            authorityPEM: try self.authorityPEM()
        )
    }

    /// A file of the keys folder. Throws ``ConfigurationError`` naming the file when it cannot be read.
    private func readKey(_ name: String) throws -> String {
        let path = self.keysDirectory + "/" + name
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("cannot read \(path)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
