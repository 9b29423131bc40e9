/// What a node shows to others and how it judges them, as the PEM texts of its keys folder.
package struct NodeIdentity: Hashable, Sendable, CustomStringConvertible {
    package let certificatePEM: String
    package let privateKeyPEM: String
    /// The cluster's authority: the only one whose certificates are accepted.
    package let authorityPEM: String

    package init(certificatePEM: String, privateKeyPEM: String, authorityPEM: String) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
        self.authorityPEM = authorityPEM
    }

    /// Never shows the key.
    package var description: String { "node identity" }
}
