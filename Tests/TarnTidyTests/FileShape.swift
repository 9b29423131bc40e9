/// Limits on files and functions, and the rule that a file is named after what it declares.
enum FileShape {
    static let fileLinesMax = 400
    static let functionLinesMax = 70

    /// Files that may be longer, each with its reason. A file that no longer needs its place here breaks the rule as
    /// well.
    static let longFiles: [String: String] = [:]

    /// Files of `Sources` whose name is not a declaration of theirs, each with its reason.
    static let freelyNamed: [String: String] = [
        "Sources/TarnNode/NodeValues.swift": "the small values of NodeService's answers, side by side"
    ]

    static func lengthViolations(in file: SourceFile, exceptions: [String: String] = Self.longFiles) -> [Violation] {
        guard !file.isGenerated else { return [] }
        let isLong = file.lineCount > self.fileLinesMax
        if exceptions[file.path] != nil {
            guard !isLong else { return [] }
            return [
                Violation(
                    path: file.path,
                    line: nil,
                    message: "is short enough now: take it off the list of long files"
                )
            ]
        }
        guard isLong else { return [] }
        return [
            Violation(
                path: file.path,
                line: nil,
                message: "\(file.lineCount) lines; split it above \(self.fileLinesMax)"
            )
        ]
    }

    static func functionViolations(in file: SourceFile) -> [Violation] {
        guard !file.isGenerated else { return [] }
        return FunctionScanner.functions(in: file).filter { $0.lineCount > self.functionLinesMax }.map {
            Violation(
                path: file.path,
                line: $0.line,
                message: "\($0.name) has \($0.lineCount) lines; a function fits a screen of \(self.functionLinesMax)"
            )
        }
    }

    static func nameViolations(in file: SourceFile, exceptions: [String: String] = Self.freelyNamed) -> [Violation] {
        guard !file.isGenerated else { return [] }
        let type = file.name.prefix { $0 != "+" }.split(separator: ".").joined()
        let isDeclared = self.names(declaredIn: file).contains(type)
        if exceptions[file.path] != nil {
            guard isDeclared, type != "main" else { return [] }
            return [
                Violation(
                    path: file.path,
                    line: nil,
                    message: "declares \(type) now: take it off the list of free names"
                )
            ]
        }
        guard !isDeclared else { return [] }
        return [
            Violation(path: file.path, line: nil, message: "declares and extends no \(type), which it is named after")
        ]
    }

    /// Types that the file declares or extends; a type nested in an extension also under both names run together, as in
    /// `CatalogConfiguration.swift` for `extension Catalog { struct Configuration … }`.
    static func names(declaredIn file: SourceFile) -> Set<String> {
        let keywords: Set<Substring> = ["struct", "class", "enum", "actor", "protocol", "typealias", "extension"]
        var out: Set<String> = []
        var extended: [String] = []
        for line in file.codeLines {
            let words = line.split { !Words.isIdentifier($0.utf8.first ?? 0) && $0 != "." }
            guard let position = words.firstIndex(where: { keywords.contains($0) }), position + 1 < words.count else {
                continue
            }
            let parts = words[position + 1].split(separator: ".").map(String.init)
            let name = parts.joined()
            if words[position] == "extension" { extended.append(name) }
            out.insert(name)
            out.formUnion(extended.map { $0 + name })
            // `Outer+Aspect.swift` is a good name for an extension of `Outer.Inner`, and `Array+…` for one of
            // `[UInt8]`.
            out.formUnion([parts.first, parts.last].compactMap { $0 })
            if line.contains("extension [") { out.insert("Array") }
        }
        return out
    }
}
