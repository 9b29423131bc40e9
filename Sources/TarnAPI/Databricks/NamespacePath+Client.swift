internal import TarnCore

extension NamespacePath {
    /// The path below `root` with the components `parts` of what a client called `text`. Throws ``DatabricksError`` that
    /// names it when there is no such path.
    init(below root: NamespacePath, _ parts: [Substring.UTF8View], of text: String) throws(DatabricksError) {
        var bytes = root.utf8
        for part in parts {
            bytes.append(0x2f)
            bytes.append(contentsOf: part)
        }
        do throws(CoreError) {
            try self.init(utf8: bytes)
        } catch {
            throw .invalid("Path (\(text.prefix(200))) is invalid: \(error.message)")
        }
    }
}
