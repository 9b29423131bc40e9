internal import TarnCore

/// What `/meta/<kind>/<id>.json` says about the document there.
struct DocumentName {
    let kind: String
    /// May hold slashes.
    let id: String

    /// Nil for a path that is no document's.
    init?(_ path: NamespacePath) {
        let parts = path.string.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == "meta", parts[2].hasSuffix(".json"), parts[2].utf8.count > 5 else {
            return nil
        }
        self.kind = String(parts[1])
        self.id = String(parts[2].dropLast(5))
    }

    /// Whether `path` belongs to what needs an administrator: tokens, secrets, their scopes and the audit log have no
    /// rows in the catalog, so that no query shows their names or the hashes of their contents.
    static func isHidden(_ path: NamespacePath) -> Bool {
        // Nearly every path begins otherwise, which the first bytes tell.
        guard path.utf8.count > 5, path.utf8[1] == 0x6d, path.utf8.starts(with: "/meta/".utf8) else { return false }
        return Self.hiddenDirectories.contains { $0 == path || $0.isAncestor(of: path) }
    }

    private static let hiddenDirectories = ["/meta/audit", "/meta/secret", "/meta/secret_scope", "/meta/token"].map {
        NamespacePath(unchecked: Array($0.utf8))
    }
}
