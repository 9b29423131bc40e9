/// Checks that what the documents name is there.
enum Documents {
    /// Folders whose files a document may name in code style.
    static let folders = ["ops/", "Sources/", "Tests/", "deploy/", "proto/", ".ci/"]

    static func violations(in file: SourceFile, exists: (String) -> Bool) -> [Violation] {
        let folder = file.path.split(separator: "/").dropLast().map(String.init)
        return zip(1..., file.lines).flatMap { number, line in
            let links = self.links(in: line).map { self.resolve($0, from: folder) }
            return (links + self.namedFiles(in: line)).filter { !exists($0) }.map {
                Violation(path: file.path, line: number, message: "names \($0), which is not there")
            }
        }
    }

    /// Targets of `[text](target)` that lie in the repository, without anchors.
    static func links(in line: Substring) -> [String] {
        line.ranges(of: "](").compactMap { range in
            let target = line[range.upperBound...].prefix { $0 != ")" && $0 != "#" && $0 != " " }
            guard !target.isEmpty, !target.contains(":") else { return nil }
            return String(target)
        }
    }

    /// Files of ``folders`` in code style, such as the script of `ops/bench import`. Patterns and placeholders name no
    /// file.
    static func namedFiles(in line: Substring) -> [String] {
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().filter { !$0.offset.isMultiple(of: 2) }.compactMap { part in
            guard let word = part.element.split(separator: " ").first,
                self.folders.contains(where: { word.hasPrefix($0) })
            else {
                return nil
            }
            return word.contains { "*<>{}…$".contains($0) } ? nil : String(word)
        }
    }

    private static func resolve(_ target: String, from folder: [String]) -> String {
        if target.hasPrefix("/") { return String(target.dropFirst()) }
        var parts = folder
        for part in target.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
