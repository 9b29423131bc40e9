/// Parts of a file's name.
enum FileName {
    /// What stands behind the last point of `name`; empty when nothing but the extension is left before it.
    static func fileExtension(of name: String) -> Substring {
        guard let point = name.utf8.lastIndex(of: 0x2e), point != name.startIndex else { return "" }
        return name[name.utf8.index(after: point)...]
    }

    /// The last component of `path`.
    static func last(of path: String) -> String {
        path.utf8.lastIndex(of: 0x2f).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    }

    /// The last component of `path` without an extension that a notebook's name has.
    static func notebookName(of path: String) -> String {
        let name = self.last(of: path)
        let fileExtension = self.fileExtension(of: name)
        let known = ["py", "sql", "scala", "r", "ipynb", "html", "dbc", "rmd", "python"]
        guard known.contains(fileExtension.lowercased()) else { return name }
        return String(name.dropLast(fileExtension.count + 1))
    }
}
