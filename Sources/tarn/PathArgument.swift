internal import Glibc
internal import TarnClient
internal import TarnCore

/// Paths as they are typed.
enum PathArgument {
    /// A path of the namespace; slashes at its end say that a directory is meant, and nothing else.
    static func namespace(_ text: String) throws -> NamespacePath {
        var bytes = Array(text.utf8)
        while bytes.count > 1, bytes.last == 0x2f { bytes.removeLast() }
        do {
            return try NamespacePath(utf8: bytes)
        } catch {
            throw ClientError(path: error)
        }
    }

    /// A path of the file system made absolute. What exists is resolved, so that one folder always has one name. Throws
    /// when `text` is empty: that is a variable without a value, and would mean the current folder.
    static func local(_ text: String) throws(ClientError) -> String {
        guard !text.isEmpty else { throw ClientError(.usage, "the path of the folder is empty") }
        if let resolved = realpath(text, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        var path = Substring(text)
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        if path.hasPrefix("/") { return String(path) }
        guard let current = getcwd(nil, 0) else { return String(path) }
        defer { free(current) }
        return "\(String(cString: current))/\(path)"
    }
}
