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

    /// Documents of these kinds are never copied into the catalog, so that no query can show them.
    var isSecret: Bool { self.kind == "token" || self.kind == "secret" }
}
