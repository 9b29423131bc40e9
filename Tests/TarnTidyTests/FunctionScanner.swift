/// Finds functions and initialisers by their braces.
///
/// A heuristic: it knows no grammar, only that a body is the first brace behind a declaration that no parenthesis or
/// bracket encloses.
struct FunctionScanner {
    struct Function: Hashable {
        let name: String
        /// Of the declaration, from 1.
        let line: Int
        /// From the declaration to the closing brace, both counted.
        let lineCount: Int
    }

    private let lines: [[UInt8]]

    static func functions(in file: SourceFile) -> [Function] {
        let scanner = FunctionScanner(lines: file.codeLines.map { Array($0.utf8) })
        return file.codeLines.indices.compactMap { index in
            guard let (name, column) = self.declaration(in: file.codeLines[index]) else { return nil }
            guard let last = scanner.bodyEnd(line: index, column: column) else { return nil }
            return Function(name: name, line: index + 1, lineCount: last - index + 1)
        }
    }

    /// Name of the function that `line` declares and the column behind it.
    private static func declaration(in line: Substring) -> (name: String, column: Int)? {
        let words = line.split(separator: " ")
        let modifiers: Set<Substring> = [
            "package", "internal", "private", "fileprivate", "public", "static", "class", "final", "mutating",
            "consuming", "borrowing",
            "nonmutating", "nonisolated", "override", "required", "convenience", "isolated", "indirect", "prefix",
            "postfix",
        ]
        for word in words {
            if word == "func", let start = line.firstRange(of: "func ") {
                let name = line[start.upperBound...].prefix { $0 != "(" && $0 != "<" }
                return (String(name), line.utf8.distance(from: line.startIndex, to: start.upperBound))
            }
            for keyword in ["init(", "init?(", "init<", "deinit"] where word.hasPrefix(keyword) {
                guard let start = line.firstRange(of: keyword) else { continue }
                let name = keyword.prefix { $0.isLetter }
                return (String(name), line.utf8.distance(from: line.startIndex, to: start.lowerBound) + name.utf8.count)
            }
            // An attribute may have arguments, which end in a parenthesis of their own.
            guard modifiers.contains(word) || word.hasPrefix("@") || word.hasSuffix(")") else { return nil }
        }
        return nil
    }

    /// The index of the line with the brace that closes the body, or nil for a requirement without one.
    private func bodyEnd(line first: Int, column: Int) -> Int? {
        var enclosing = 0
        var braces = 0
        for index in first..<self.lines.count {
            let line = self.lines[index]
            if index > first, enclosing == 0, braces == 0, self.startsSomethingElse(line) { return nil }
            for byte in line[(index == first ? min(column, line.count) : 0)...] {
                switch byte {
                case UInt8(ascii: "("), UInt8(ascii: "["): enclosing += braces == 0 ? 1 : 0
                case UInt8(ascii: ")"), UInt8(ascii: "]"): enclosing -= braces == 0 ? 1 : 0
                case UInt8(ascii: "{") where enclosing == 0: braces += 1
                case UInt8(ascii: "}") where enclosing == 0:
                    braces -= 1
                    if braces < 0 { return nil }
                    if braces == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }

    /// Whether a line between a signature and its body shows that there is no body.
    private func startsSomethingElse(_ line: [UInt8]) -> Bool {
        let text = String(decoding: line, as: UTF8.self)[...]
        guard let word = text.split(separator: " ").first else { return true }
        return !["{", "->", "where", "throws", "async", ")", "rethrows"].contains { word.hasPrefix($0) }
    }
}
