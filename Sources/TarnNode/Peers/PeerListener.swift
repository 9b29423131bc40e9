internal import Synchronization
internal import TarnCrypto
internal import TarnPeer

/// The node's listener for its peers, once there is one.
final class PeerListener: Sendable {
    private let server = Mutex<PeerServer?>(nil)

    func note(_ server: PeerServer) {
        self.server.withLock { $0 = server }
    }

    /// Throws ``PeerError``; then the listener goes on as it was.
    func renew(_ identity: NodeIdentity) throws {
        try self.server.withLock { $0 }?.renew(identity)
    }
}
