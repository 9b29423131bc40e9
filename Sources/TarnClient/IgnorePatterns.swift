/// Patterns of paths that an import leaves out, in the syntax of `.gitignore`.
///
/// The last pattern that matches decides; `!` takes back. What stands below an excluded folder cannot be taken back,
/// since the folder is never opened.
package struct IgnorePatterns: Sendable {
    private var patterns: [Pattern] = []

    /// One pattern: what it matches, and what a match means.
    private struct Pattern: Sendable {
        enum Part: Sendable {
            /// `**`: any number of components.
            case deep
            case name(GlobComponent)
        }

        let parts: [Part]
        /// `!…`
        let isNegated: Bool
        /// `…/`
        let isDirectoryOnly: Bool
        /// Without a slash inside, a pattern matches the name alone, at any depth.
        let isNameOnly: Bool
    }

    /// Patterns in the order of their lines. Throws ``ClientError`` with code `usage` for one that cannot match
    /// anything.
    package init(_ lines: [String]) throws(ClientError) {
        for line in lines {
            if let pattern = try Self.compile(line) { self.patterns.append(pattern) }
        }
    }

    package var isEmpty: Bool { self.patterns.isEmpty }

    /// Whether `path`, relative to the source and without a leading slash, is left out. Ask for its folders first.
    package func excludes(_ path: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
        guard !self.patterns.isEmpty else { return false }
        let components = path.split(separator: UInt8(ascii: "/"))
        guard let name = components.last else { return false }
        for pattern in self.patterns.reversed() where isDirectory || !pattern.isDirectoryOnly {
            let isMatch =
                pattern.isNameOnly ? Self.matches(pattern.parts, [name]) : Self.matches(pattern.parts, components)
            if isMatch { return !pattern.isNegated }
        }
        return false
    }

    package func excludes(_ path: String, isDirectory: Bool) -> Bool {
        self.excludes(Array(path.utf8)[...], isDirectory: isDirectory)
    }

    private static func compile(_ line: String) throws(ClientError) -> Pattern? {
        var text = Array(line.utf8)[...]
        while text.last == 0x20, text.dropLast().last != UInt8(ascii: "\\") { text = text.dropLast() }
        if text.isEmpty || text.first == UInt8(ascii: "#") { return nil }
        let isNegated = text.first == UInt8(ascii: "!")
        if isNegated { text = text.dropFirst() }
        let isDirectoryOnly = text.last == UInt8(ascii: "/")
        if isDirectoryOnly { text = text.dropLast() }
        let isNameOnly = !text.contains(UInt8(ascii: "/"))
        if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
        guard !text.isEmpty else {
            throw ClientError(.usage, "pattern '\(line)' names nothing; leave it out or name what to exclude")
        }
        var parts: [Pattern.Part] = []
        for component in text.split(separator: UInt8(ascii: "/")) {
            let isDeep = !isNameOnly && component.elementsEqual("**".utf8)
            parts.append(isDeep ? .deep : .name(try GlobComponent(component, pattern: line)))
        }
        return Pattern(parts: parts, isNegated: isNegated, isDirectoryOnly: isDirectoryOnly, isNameOnly: isNameOnly)
    }

    /// As ``GlobComponent/matches(_:)``, with components in place of bytes and `**` in place of the star.
    private static func matches(_ parts: [Pattern.Part], _ components: [ArraySlice<UInt8>]) -> Bool {
        var part = 0
        var index = 0
        var deep: (part: Int, index: Int)?
        while index < components.count {
            if part < parts.count, case .deep = parts[part] {
                // A last `**` takes what is inside, so at least one component.
                if part == parts.count - 1 { return true }
                deep = (part, index)
                part += 1
            } else if part < parts.count, case .name(let glob) = parts[part], glob.matches(components[index]) {
                part += 1
                index += 1
            } else if let last = deep {
                deep = (last.part, last.index + 1)
                part = last.part + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return part == parts.count
    }
}
