internal import TarnCore
internal import TarnDelta

/// What `/tables/<catalog>/<schema>/<table>[/…]` says about the table that the path belongs to.
struct TablePath {
    let catalog: String
    let schema: String
    let name: String
    /// The path of the table's directory.
    let path: [UInt8]
    /// What stands behind the table's directory, without a slash before it; nil for the directory itself.
    let rest: Substring?

    /// Nil for a path that is above all tables or elsewhere.
    init?(_ path: NamespacePath) {
        let parts = path.string.split(separator: "/", maxSplits: 4)
        guard parts.count >= 4, parts[0] == "tables" else { return nil }
        self.catalog = String(parts[1])
        self.schema = String(parts[2])
        self.name = String(parts[3])
        self.rest = parts.count > 4 ? parts[4] : nil
        self.path = Array(path.utf8.dropLast(parts.count > 4 ? parts[4].utf8.count + 1 : 0))
    }

    /// Whether the path is that of a commit of the table's Delta log.
    var isCommit: Bool {
        guard let rest, rest.hasPrefix(Self.logPrefix) else { return false }
        return DeltaLogName.commitVersion(of: rest.dropFirst(Self.logPrefix.count)) != nil
    }

    private static let logPrefix = DeltaLogName.directory + "/"
}
