internal import TarnCore

/// How clients name files: `/Volumes/<catalog>/<schema>/<volume>/…`, and any other path of DBFS, with or without
/// `dbfs:` in front.
///
/// DBFS has one root per workspace: the volume `/volumes/dbfs/<workspace>/root`.
struct VolumePaths: Sendable {
    /// `/volumes/dbfs/<workspace>/root`
    let root: NamespacePath

    init(_ workspace: MirroredWorkspace) throws {
        self.root = try NamespacePath("/volumes/dbfs/\(workspace.name)/root")
    }

    /// The path of the namespace that `text` means. Throws ``DatabricksError`` for a relative one.
    func path(_ text: String) throws(DatabricksError) -> NamespacePath {
        var name = text[...]
        if name.hasPrefix("dbfs:") { name = name.dropFirst(5) }
        guard name.utf8.first == 0x2f else {
            throw .invalid("Path must be absolute: \(text.prefix(200))")
        }
        var parts = name.utf8.split(separator: 0x2f)
        var root = self.root
        if let first = parts.first, first.elementsEqual("Volumes".utf8) {
            parts.removeFirst()
            root = .volumes
        }
        return try NamespacePath(below: root, parts, of: text)
    }

    /// How clients call `path`.
    func text(_ path: NamespacePath) -> String {
        if path == self.root { return "/" }
        if self.root.isAncestor(of: path) {
            return String(decoding: path.utf8[self.root.utf8.count...], as: UTF8.self)
        }
        return "/Volumes" + String(decoding: path.utf8[NamespacePath.volumes.utf8.count...], as: UTF8.self)
    }
}
