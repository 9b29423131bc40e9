internal import Foundation
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
