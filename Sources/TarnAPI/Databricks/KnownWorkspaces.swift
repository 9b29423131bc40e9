internal import Synchronization
internal import TarnCore

/// The workspaces that requests were about: what follows from a name (path, ids) is computed once.
final class KnownWorkspaces: Sendable {
    /// Names that are remembered; anybody may ask for any name.
    private static let countMax = 256

    private let workspaces: Mutex<[String: MirroredWorkspace]> = Mutex([:])

    /// The workspace `name` of the cluster with this boundary key, which never changes. Throws ``DatabricksError`` for
    /// what can be no name.
    func workspace(_ name: String, boundaryKey: [UInt8]) throws(DatabricksError) -> MirroredWorkspace {
        if let known = self.workspaces.withLock({ $0[name] }) { return known }
        let made = try MirroredWorkspace(name: name, boundaryKey: boundaryKey)
        self.workspaces.withLock { workspaces in
            if workspaces.count >= Self.countMax { workspaces.removeAll(keepingCapacity: true) }
            workspaces[name] = made
        }
        return made
    }
}
