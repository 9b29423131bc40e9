import TarnCore
import Testing

@Suite struct NamespacePathTests {
    @Test(arguments: [
        "/", "/workspace", "/workspace/a", "/tables/c/s/t/_delta_log/00000000000000000000.json", "/volumes/ /  /…",
        "/meta/job/1.json", "/workspace/...", "/workspace/.hidden", "/workspace/日本/é", "/workspace/%2F",
        "/workspace/a\\b",
        "/workspace/" + String(repeating: "n", count: 4_085),
    ])
    func pathsAreAccepted(text: String) throws {
        let path = try NamespacePath(text)
        #expect(path.string == text)
        #expect(path.description == text)
    }

    @Test(arguments: [
        ("", "absolute"), ("workspace/a", "absolute"), ("//", "empty component"), ("/workspace/", "empty component"),
        ("/workspace//a", "empty component"), ("/workspace/./a", "'.' component"), ("/workspace/..", "'..' component"),
        ("/workspace/a\0b", "NUL"), ("/other/a", "must stand under"), ("/Workspace/a", "must stand under"),
        ("/workspaces", "must stand under"), ("/workspace/" + String(repeating: "n", count: 4_086), "4097 bytes"),
    ])
    func pathsAreRejectedWithTheReason(text: String, reason: String) {
        let error = #expect(throws: CoreError.self) { try NamespacePath(text) }
        #expect(error?.code == .invalidPath)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [[0x2f, 0xff], [0x2f, 0x61, 0xc3], [0x2f, 0xed, 0xa0, 0x80], [0x2f, 0xc0, 0xaf]] as [[UInt8]])
    func bytesThatAreNotTextAreRejected(tail: [UInt8]) {
        #expect(throws: CoreError.self) { try NamespacePath(utf8: Array("/workspace".utf8) + tail) }
    }

    @Test func longPathsAreShownShortened() {
        let error = #expect(throws: CoreError.self) {
            try NamespacePath("/workspace/" + String(repeating: "x", count: 10_000))
        }
        #expect((error?.message.utf8.count ?? .max) < 400)
    }

    @Test func partsOfAPath() throws {
        let path = try NamespacePath("/workspace/a/b")
        #expect(path.name == "b")
        #expect(path.parent?.string == "/workspace/a")
        #expect(path.depth == 3)
        #expect(try NamespacePath("/workspace").parent == .root)
        #expect(NamespacePath.root.parent == nil && NamespacePath.root.name.isEmpty && NamespacePath.root.depth == 0)
        #expect(try path.appending("c d").string == "/workspace/a/b/c d")
        #expect(throws: CoreError.self) { try path.appending("c/d") }
        #expect(throws: CoreError.self) { try path.appending("..") }
        #expect(throws: CoreError.self) { try path.appending("") }
        #expect(try NamespacePath.root.appending("meta").string == "/meta")
    }

    @Test func prefixIsReplaced() throws {
        let path = try NamespacePath("/workspace/a/b/c")
        let old = try NamespacePath("/workspace/a")
        #expect(try path.replacing(prefix: old, with: NamespacePath("/meta/x/y")).string == "/meta/x/y/b/c")
        #expect(try old.replacing(prefix: old, with: NamespacePath("/meta/x")).string == "/meta/x")
    }

    @Test func ancestryGoesByComponents() throws {
        let directory = try NamespacePath("/workspace/a")
        #expect(directory.isAncestor(of: try NamespacePath("/workspace/a/b")))
        #expect(directory.isAncestor(of: try NamespacePath("/workspace/a/b/c")))
        #expect(!directory.isAncestor(of: directory))
        #expect(!directory.isAncestor(of: try NamespacePath("/workspace/ab")))
        #expect(!directory.isAncestor(of: try NamespacePath("/workspace/b/b")))
        #expect(!directory.isAncestor(of: try NamespacePath("/workspace")))
        #expect(NamespacePath.root.isAncestor(of: directory))
        #expect(!NamespacePath.root.isAncestor(of: .root))
    }

    @Test func orderIsByBytesAndDescendantsAreARange() throws {
        let texts = [
            "/workspace/a", "/workspace/a!", "/workspace/a-b", "/workspace/a/b", "/workspace/a0", "/workspace/é",
        ]
        let paths = try texts.map { text throws(CoreError) in try NamespacePath(text) }
        #expect(paths.reversed().sorted() == paths)
        let directory = paths[0]
        for path in paths {
            let isInRange =
                !Bytes.isLess(path.utf8, directory.descendantPrefix) && Bytes.isLess(path.utf8, directory.descendantEnd)
            #expect(isInRange == directory.isAncestor(of: path))
        }
        #expect(NamespacePath.roots.sorted() == NamespacePath.roots)
        #expect(NamespacePath.roots.allSatisfy { Bytes.isLess($0.utf8, NamespacePath.root.descendantEnd) })
    }

    @Test func equalityIsOfBytes() throws {
        let composed = try NamespacePath("/workspace/\u{e9}")
        let decomposed = try NamespacePath("/workspace/e\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
    }
}
