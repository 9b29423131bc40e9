internal import Foundation
internal import TarnCrypto

extension NodeConfiguration {
    /// Certificate and key of the API's listener, as PEM; nil when it speaks plain HTTP. Throws ``ConfigurationError`` naming the file
    /// that cannot be read.
    package func apiTLS() throws -> (certificatePEM: String, keyPEM: String)? {
        guard self.isAPITLSEnabled else { return nil }
        return (try self.readKey("api.crt"), try self.readKey("api.key"))
    }

    /// How this node shows itself to its peers, and whom it believes.
    func nodeIdentity() throws -> NodeIdentity {
        NodeIdentity(
            certificatePEM: try self.readKey("node.crt"),
            privateKeyPEM: try self.readKey("node.key"),
            authorityPEM: try self.readKey("ca.crt")
        )
    }

    private func readKey(_ name: String) throws -> String {
        let path = self.keysDirectory + "/" + name
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError("cannot read \(path)")
        }
        return text
    }
}
