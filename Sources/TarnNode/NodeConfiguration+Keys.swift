internal import Foundation
internal import TarnCrypto

extension NodeConfiguration {
    /// A file of the keys folder. Throws ``ConfigurationError`` naming the file when it cannot be read.
    package func readKey(_ name: String) throws -> [UInt8] {
        let path = self.keysDirectory + "/" + name
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("cannot read \(path)")
        }
        return Array(bytes)
    }

    /// How this node shows itself to its peers, and whom it believes.
    func nodeIdentity() throws -> NodeIdentity {
        NodeIdentity(
            certificatePEM: String(decoding: try self.readKey("node.crt"), as: UTF8.self),
            privateKeyPEM: String(decoding: try self.readKey("node.key"), as: UTF8.self),
            authorityPEM: String(decoding: try self.readKey("ca.crt"), as: UTF8.self)
        )
    }
}
