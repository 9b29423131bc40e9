internal import TarnCrypto
internal import TarnPeer

extension Node {
    /// Reads this node's certificate, key and authorities again; connections to and from peers begin with them from now
    /// on, and open ones go on. Throws when they cannot be used; then the old ones are.
    package func renewCertificates() throws {
        let identity = try self.configuration.nodeIdentity()
        // The listener judges the identity as the others do, so whatever is wrong with it shows before anything
        // changes.
        try self.listener.renew(identity)
        for client in self.clients { try client?.renew(identity) }
    }
}
