internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// One mirrored workspace, `/workspace/<name>`, and how the paths of its clients stand for paths of the namespace.
struct MirroredWorkspace: Hashable, Sendable {
    let name: String
    /// `/workspace/<name>`
    let root: NamespacePath
    /// Digits that stand for this workspace of this cluster, alike at every datacentre.
    let id: String
    /// What clients call the account: the cluster, in the form of a UUID.
    let accountID: String

    /// The name that a cluster's first workspace gets when a client writes before anything was imported.
    static let nameDefault = "main"

    init(name: String, boundaryKey: [UInt8]) throws(DatabricksError) {
        do throws(CoreError) {
            self.root = try NamespacePath.workspace.appending(name)
        } catch {
            throw .invalid("'\(name)' is not the name of a workspace: \(error.message)")
        }
        self.name = name
        let account = Hex.encode(SHA256.digest(boundaryKey).bytes.prefix(16))
        self.accountID = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
            .map { String(account.dropFirst($0.lowerBound).prefix($0.count)) }
            .joined(separator: "-")
        // Sixteen digits at most, so that clients that read numbers as doubles read this one exactly.
        let number = SHA256.digest(boundaryKey + Array(name.utf8)).word0
        self.id = String(1_000_000_000_000_000 + number % 8_000_000_000_000_000)
    }

    /// The workspace that the URL's prefix names, or that the token is limited to, or else the oldest one. `known`
    /// spares making it anew for every request.
    static func chosen(
        by request: APIRequest,
        in node: any NodeService,
        known: KnownWorkspaces
    ) async throws -> MirroredWorkspace {
        let tree = try await node.snapshot(at: nil).tree
        let limited = request.principal?.paths.first { NamespacePath.workspace.isAncestor(of: $0) }
        let name = request.workspace ?? limited.map { self.name(in: $0) } ?? self.oldest(in: tree)
        return try known.workspace(name, boundaryKey: tree.boundaryKey)
    }

    /// The workspace that was there first: what is the default must not change when another one is added.
    private static func oldest(in tree: MerkleTree<SHA256>) -> String {
        var oldest: (objectID: UInt64, name: String)?
        tree.forEachChild(of: .workspace) { name, entry in
            guard entry.isDirectory else { return }
            let objectID = entry.objectID == 0 ? .max : entry.objectID
            if oldest.map({ objectID < $0.objectID }) ?? true {
                oldest = (objectID, String(decoding: name, as: UTF8.self))
            }
        }
        return oldest?.name ?? self.nameDefault
    }

    private static func name(in path: NamespacePath) -> String {
        String(path.string.dropFirst(NamespacePath.workspace.utf8.count + 1).prefix { $0 != "/" })
    }

    // MARK: Paths

    /// The path of the namespace that a client's `text` means: absolute, with or without `/Workspace` in front,
    /// doubled slashes as one.
    func path(_ text: String) throws(DatabricksError) -> NamespacePath {
        guard text.utf8.first == 0x2f else { throw .invalid("Path (\(text)) should start with '/'") }
        var parts = text.utf8.split(separator: 0x2f)
        if let first = parts.first, first.elementsEqual("Workspace".utf8) { parts.removeFirst() }
        return try NamespacePath(below: self.root, parts, of: text)
    }

    /// How clients call `path`, which is the root or stands below it.
    func text(_ path: NamespacePath) -> String {
        guard self.root.isAncestor(of: path) else { return "/" }
        return String(decoding: path.utf8[self.root.utf8.count...], as: UTF8.self)
    }

    /// Whether a missing `directory` comes to be with the first object in it: the bearer's own home, and what all
    /// share.
    func isMadeOnDemand(_ directory: NamespacePath, for userName: String) -> Bool {
        let text = self.text(directory)
        return text == "/" || text == "/Shared" || text == "/Users/\(userName)"
    }
}
