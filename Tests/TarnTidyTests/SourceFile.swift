/// One file of the checkout with its lines, and the same lines without comments and string literals.
struct SourceFile {
    /// From the root of the checkout.
    let path: String
    let lines: [Substring]
    /// ``lines`` with every character of a comment or string literal replaced by a space.
    let codeLines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        self.codeLines = CodeMask.code(of: text).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The file's name without folder and extension.
    var name: Substring {
        let last = self.path.split(separator: "/").last ?? ""
        return last.hasSuffix(".swift") ? last.dropLast(6) : last
    }

    /// The target of a path such as `Sources/<target>/…`.
    var target: Substring {
        let parts = self.path.split(separator: "/")
        return parts.count > 2 ? parts[1] : ""
    }

    var isGenerated: Bool { self.path.hasSuffix(".pb.swift") }

    /// Lines of the file, not counting the empty one after the last line break.
    var lineCount: Int { self.lines.last == "" ? self.lines.count - 1 : self.lines.count }
}
