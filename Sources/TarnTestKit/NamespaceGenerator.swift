package import TarnCore

/// Random but valid paths, entries and changes, all from one seed.
///
/// Names come from a small vocabulary, so that paths collide, nest and share prefixes: `a`, `a-b` and `a/…` sort around
/// the slash.
package struct NamespaceGenerator: Sendable {
    /// The source of every choice.
    package var random: SplitMix64
    /// How many names a directory may hold besides the fixed, awkward ones.
    package let vocabularyCount: Int
    /// The most components below one of the four roots.
    package let depthMax: Int

    /// A generator whose values all follow from `seed`.
    package init(seed: UInt64, vocabularyCount: Int = 12, depthMax: Int = 5) {
        self.random = SplitMix64(seed: seed)
        self.vocabularyCount = vocabularyCount
        self.depthMax = depthMax
    }

    /// One component of a path.
    package mutating func name() -> String {
        self.random.chance(percent: 30)
            ? self.random.pick(Self.awkwardNames)
            : "n\(self.random.below(self.vocabularyCount))"
    }

    /// A path with one to ``depthMax`` components below one of the four roots.
    package mutating func path() -> NamespacePath {
        let root = self.random.pick(["/workspace", "/workspace", "/tables", "/volumes", "/meta"])
        return self.path(below: root)
    }

    /// A path with one to ``depthMax`` components below `directory`.
    package mutating func path(below directory: String) -> NamespacePath {
        var text = directory
        for _ in 0..<self.random.within(1...self.depthMax) { text += "/" + self.name() }
        return NamespacePath(unchecked: Array(text.utf8))
    }

    /// `count` different paths, sorted.
    package mutating func sortedPaths(count: Int) -> [NamespacePath] {
        var paths: Set<NamespacePath> = []
        var serial = 0
        while paths.count < count {
            let path = self.path()
            if paths.insert(path).inserted { continue }
            serial += 1
            paths.insert(NamespacePath(unchecked: path.utf8 + Array("-\(serial)".utf8)))
        }
        return paths.sorted()
    }

    /// A directory or a file, small or above the size that needs a manifest, with random attributes.
    package mutating func entry() -> Entry {
        self.random.chance(percent: 20) ? .directory(self.attributes()) : self.file()
    }

    /// A file, in one of 20 cases above the size that needs a manifest.
    package mutating func file() -> Entry {
        let isLarge = self.random.chance(percent: 5)
        let small = UInt64(self.random.below(60_000))
        let size = isLarge ? UInt64(Limits.blobBytesMax) + 1 + small * 1_000 : small
        let content = self.random.digest()
        let manifest = isLarge ? self.random.digest() : nil
        let attributes = self.attributes()
        // The parts fit together by construction; a directory stands in if they ever did not.
        return (try? Entry.file(content: content, size: size, manifest: manifest, attributes: attributes))
            ?? .directory()
    }

    /// Up to six attributes: those the system knows, and others.
    package mutating func attributes() -> Attributes {
        var attributes = Attributes()
        if self.random.chance(percent: 60) {
            attributes[Attributes.Key.kind] = "notebook"
            attributes[Attributes.Key.language] = self.random.pick(["PYTHON", "SQL", "SCALA", "R"])
            attributes[Attributes.Key.format] = self.random.pick(["SOURCE", "JUPYTER"])
        }
        if self.random.chance(percent: 50) {
            attributes[Attributes.Key.modifiedAt] = String(
                1_760_000_000_000_000_000 + self.random.next() % 1_000_000_000
            )
        }
        if self.random.chance(percent: 15) { attributes["owner"] = self.random.pick(["", "ana", "Zoë", "x\u{301}"]) }
        if self.random.chance(percent: 5) { attributes["note-\(self.random.below(9))"] = "007" }
        return attributes
    }

    /// A change of any kind at a random path; whether it applies depends on the namespace.
    package mutating func change() -> Change {
        self.change(at: self.path())
    }

    /// A change of any kind at `path`.
    package mutating func change(at path: NamespacePath) -> Change {
        switch self.random.below(10) {
        case 0..<7: Change(path: path, precondition: self.precondition(), action: .put(self.entry()))
        case 7: Change(path: path, action: .delete(recursive: self.random.chance(percent: 50)))
        case 8: Change(path: path, precondition: self.precondition(), action: .delete(recursive: true))
        default: Change(path: path, action: .move(to: self.path()))
        }
    }

    /// `count` changes at random paths.
    package mutating func changes(count: Int) -> [Change] {
        (0..<count).map { _ in self.change() }
    }

    private mutating func precondition() -> Change.Precondition {
        switch self.random.below(20) {
        case 0: .absent
        case 1: .entry(self.random.digest())
        case 2: .content(self.random.digest())
        default: .any
        }
    }

    private static let awkwardNames = ["a", "a-b", "a b", "a.b", "a0", "aa", "é", "日本", "%2F", ".hidden", "..."]
}
